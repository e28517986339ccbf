//! Which system calls the child may not make: a decoder that was taken over shall reach nobody.
//!
//! Decoders need files, memory and threads. What is refused here no decoder asks for, so that a library that is updated
//! does not fall over a list of what is allowed. The kernel refuses for good: it cannot be undone by the child.
//!
//! Graphics cards are files, opened and given orders (`ioctl`) like any other, which nothing here refuses. Two ways that
//! drivers may go are closed: asking a display server for the card (libva tries the render nodes first), and starting
//! NVIDIA's helper that makes missing device files (in a container they are there). No card was at hand to see it.

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter};
use std::collections::BTreeMap;

const REFUSED: &[i64] = &[
    // The network, and other programs by way of sockets.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    // It makes and uses sockets on its own.
    libc::SYS_io_uring_setup,
    // Other programs.
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kill,
    // What root could do besides, where the product runs as root.
    libc::SYS_bpf,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
];

/// From now on, for this thread and all that it starts.
pub(crate) fn enter() -> seccompiler::Result<()> {
    let architecture = std::env::consts::ARCH.try_into()?;
    let rules = REFUSED.iter().map(|call| (*call, Vec::new())).collect::<BTreeMap<_, _>>();
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    let filter: BpfProgram = SeccompFilter::new(rules, SeccompAction::Allow, refuse, architecture)?.try_into()?;
    seccompiler::apply_filter(&filter)
}
