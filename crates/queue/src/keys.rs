//! Every key and channel of ours in Redis. The keys of a queue are BullMQ's: `<prefix>:<queue>:…`.

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
