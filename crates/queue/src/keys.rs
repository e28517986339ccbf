//! Every key and channel of ours in Redis. The keys of a queue are BullMQ's: `<prefix>:<queue>:…`.

use model::queue::QueueName;

/// Hash: one job, as BullMQ keeps it.
pub fn job(prefix: &str, queue: QueueName, id: &str) -> String {
    format!("{prefix}:{queue}:{id}")
}

/// Field of a job: how often its worker died. BullMQ's.
pub const JOB_STALLED: &str = "stc";
/// Field of a job: the turns as a suspect that it did not survive, and the one it has. Ours.
pub const JOB_TURNS: &str = "ferrotype:turns";

/// Channel (pub/sub): events between processes.
pub fn events(prefix: &str) -> String {
    format!("{prefix}:ferrotype:events")
}

/// Channel (pub/sub): settings of the workers that change at run time.
pub fn concurrency_channel(prefix: &str) -> String {
    format!("{prefix}:ferrotype:concurrency-changed")
}

/// Hash, queue name → how many jobs each worker runs at once.
pub fn concurrency(prefix: &str) -> String {
    format!("{prefix}:ferrotype:concurrency")
}

/// String: there as long as Redis has not lost its data.
pub fn memory(prefix: &str) -> String {
    format!("{prefix}:ferrotype:memory")
}

/// String with expiry: one tick of one schedule, taken by the first worker that comes.
pub fn tick(prefix: &str, schedule: &str, at_s: i64) -> String {
    format!("{prefix}:ferrotype:tick:{schedule}:{at_s}")
}
