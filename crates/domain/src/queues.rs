//! What an administrator sees of the queues and may do with them.

use crate::{
    app::App,
    caller::Caller,
    error::{Error, Result},
    jobs,
};
use model::queue::{JobView, ManualJob, QueueJobStatus, QueueName, QueueState};

/// At most this many jobs of a queue are listed.
const MAX_LISTED: usize = 1000;

/// What can be asked of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Queue what is missing, or (`force`) everything.
    Start {
        force: bool,
    },
    Pause,
    Resume,
    /// Throw away what waits.
    Empty,
    ClearFailed,
}

/// Every queue with its counts, in the order in which they are shown.
pub async fn list(app: &App, _caller: &Caller) -> Result<Vec<(QueueName, QueueState)>> {
    Ok(app.queue.states().await?)
}

pub async fn get(app: &App, _caller: &Caller, queue: QueueName) -> Result<QueueState> {
    Ok(app.queue.state(queue).await?)
}

pub async fn set_paused(app: &App, caller: &Caller, queue: QueueName, paused: bool) -> Result<QueueState> {
    run(app, caller, queue, if paused { Command::Pause } else { Command::Resume }).await
}

/// Jobs in the given states (all when there are none given), newest failures with their reason.
pub async fn list_jobs(
    app: &App,
    _caller: &Caller,
    queue: QueueName,
    statuses: &[QueueJobStatus],
) -> Result<Vec<JobView>> {
    const ALL: &[QueueJobStatus] = &[
        QueueJobStatus::Active,
        QueueJobStatus::Waiting,
        QueueJobStatus::Paused,
        QueueJobStatus::Delayed,
        QueueJobStatus::Failed,
        QueueJobStatus::Completed,
    ];
    let statuses = if statuses.is_empty() { ALL } else { statuses };
    Ok(app.queue.jobs(queue, statuses, 0, MAX_LISTED).await?)
}

/// Does what was asked and answers how the queue stands afterwards.
pub async fn run(app: &App, caller: &Caller, queue: QueueName, command: Command) -> Result<QueueState> {
    match command {
        Command::Start { force } => start(app, queue, force).await?,
        Command::Pause if queue == QueueName::BackgroundTask => {
            return Err(Error::bad_request("The BackgroundTask queue cannot be paused"));
        }
        Command::Pause => app.queue.pause(queue).await?,
        Command::Resume => app.queue.resume(queue).await?,
        Command::Empty => app.queue.empty(queue).await?,
        Command::ClearFailed => app.queue.clear_failed(queue).await?,
    }
    get(app, caller, queue).await
}

async fn start(app: &App, queue: QueueName, force: bool) -> Result<()> {
    if app.queue.state(queue).await?.is_active {
        return Err(Error::bad_request("Job is already running"));
    }
    match queue {
        QueueName::MetadataExtraction => app.queue.push(&jobs::AssetExtractMetadataQueueAll { force }).await?,
        QueueName::Sidecar => app.queue.push(&jobs::SidecarQueueAll { force }).await?,
        QueueName::ThumbnailGeneration => app.queue.push(&jobs::AssetGenerateThumbnailsQueueAll { force }).await?,
        QueueName::VideoConversion => app.queue.push(&jobs::AssetEncodeVideoQueueAll { force }).await?,
        QueueName::SmartSearch => app.queue.push(&jobs::SmartSearchQueueAll { force }).await?,
        other => return Err(Error::BadRequest(format!("Invalid job name: {other}").into())),
    };
    Ok(())
}

/// Starts a chore by hand. Tags and memories bring theirs with them, so do backups and checks of the library:
/// until then they are refused.
pub async fn run_by_hand(app: &App, _caller: &Caller, job: ManualJob) -> Result<()> {
    match job {
        ManualJob::UserCleanup => app.queue.push(&jobs::UserDeleteCheck {}).await?,
        ManualJob::PersonCleanup => app.queue.push(&jobs::PersonCleanup {}).await?,
        ManualJob::TagCleanup
        | ManualJob::MemoryCleanup
        | ManualJob::MemoryCreate
        | ManualJob::BackupDatabase
        | ManualJob::IntegrityMissingFiles
        | ManualJob::IntegrityUntrackedFiles
        | ManualJob::IntegrityChecksumMismatch
        | ManualJob::IntegrityMissingFilesRefresh
        | ManualJob::IntegrityUntrackedFilesRefresh
        | ManualJob::IntegrityChecksumMismatchRefresh
        | ManualJob::IntegrityMissingFilesDeleteAll
        | ManualJob::IntegrityUntrackedFilesDeleteAll
        | ManualJob::IntegrityChecksumMismatchDeleteAll => {
            return Err(Error::bad_request("Invalid job name: this version cannot run it yet"));
        }
    };
    Ok(())
}

/// Hands the settings' concurrency to all workers.
pub async fn apply_concurrency(app: &App) -> Result<()> {
    let system = app.system.get();
    for &queue in QueueName::ALL {
        app.queue.set_concurrency(queue, system.concurrency(queue)).await?;
    }
    Ok(())
}
