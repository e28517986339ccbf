//! What is made of one version of one video, for all who watch it.
//!
//! A *run* is a child process that makes pieces from one on; it ends after a minute or less, so that nothing is made
//! that nobody watches. While somebody watches on, the next run begins before the pieces run out; who jumps far ahead
//! gets a run of their own, and runs that nobody follows any more are ended.

use super::budget::{Budget, Disposable};
use config::system::ffmpeg::Ffmpeg;
use media::{
    Request, Runner,
    video::hls::{INIT, Variant, segment_path},
};
use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{sync::Notify, sync::Semaphore, task::AbortHandle};
use uuid::Uuid;

/// Limits of one call of a child process.
pub(super) mod limits {
    use super::Duration;

    /// Looking at a video.
    pub const LOOK: Duration = Duration::from_secs(60);
    /// A run: many times as long as its pieces last, for a slow machine and a large picture.
    pub const RUN: Duration = Duration::from_secs(15 * 60);
}

/// Pieces of one run.
const RUN_SEGMENTS: u32 = 15;
/// So many pieces are to lie ready before the one that is watched.
const AHEAD: u32 = 4;
/// It is quicker to wait for a run that is so many pieces behind than to begin another one.
const NEAR: u32 = 5;
/// Players give up earlier.
const PATIENCE: Duration = Duration::from_secs(90);
/// So often a run may fail before whoever waits is told.
const ATTEMPTS: u64 = 2;

/// What is to be made.
pub(super) struct Order {
    pub source: PathBuf,
    pub settings: Arc<Ffmpeg>,
    pub variant: Variant,
    /// Where pieces go.
    pub folder: PathBuf,
}

pub(super) struct Production {
    order: Order,
    media: Runner,
    encoders: Arc<Semaphore>,
    budget: Arc<Budget>,
    state: Mutex<State>,
    /// A piece was made, or a run ended.
    changed: Notify,
}

#[derive(Default)]
struct State {
    made: BTreeMap<u32, Made>,
    runs: Vec<Run>,
    /// Which piece each session asked for last.
    viewers: HashMap<Uuid, u32>,
    begun: u64,
    failures: u64,
    failure: Option<media::Error>,
    has_ended: bool,
}

struct Made {
    bytes: u64,
    used: Instant,
}

struct Run {
    id: u64,
    /// The piece that is under way, and the first that is not this run's.
    next: u32,
    end: u32,
    task: AbortHandle,
}

impl Production {
    pub fn new(order: Order, media: Runner, encoders: Arc<Semaphore>, budget: Arc<Budget>) -> Arc<Self> {
        Arc::new(Self { order, media, encoders, budget, state: Mutex::default(), changed: Notify::new() })
    }

    pub fn segments(&self) -> u32 {
        self.order.variant.timeline.segments()
    }

    /// Waits until this piece is made.
    pub async fn get(self: &Arc<Self>, viewer: Uuid, segment: u32) -> media::Result<PathBuf> {
        let path = segment_path(&self.order.folder, segment);
        let init = self.order.folder.join(INIT);
        let failures = self.state().failures;
        let deadline = tokio::time::Instant::now() + PATIENCE;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // From here on no change is missed.
            changed.as_mut().enable();
            let is_made = {
                let mut state = self.state();
                if state.has_ended {
                    return Err(media::Error::Unsupported("the stream has ended".to_owned()));
                }
                if let Some(error) = state.failure.clone().filter(|_| state.failures >= failures + ATTEMPTS) {
                    return Err(error);
                }
                self.watch(&mut state, viewer, segment);
                state.made.get_mut(&segment).map(|made| made.used = Instant::now()).is_some()
            };
            if is_made {
                if exists(&path).await && exists(&init).await {
                    return Ok(path);
                }
                // Somebody emptied the cache.
                self.state().made.clear();
                continue;
            }
            let waited = tokio::time::timeout_at(deadline, changed).await;
            waited.map_err(|_| media::Error::TimedOut(PATIENCE.as_secs()))?;
        }
    }

    /// Begins with what this viewer is going to ask for.
    pub fn prepare(self: &Arc<Self>, viewer: Uuid, segment: u32) {
        self.watch(&mut self.state(), viewer, segment);
    }

    /// This viewer watches something else.
    pub fn leave(&self, viewer: Uuid) {
        let mut state = self.state();
        if state.viewers.remove(&viewer).is_some() {
            state.end_useless_runs();
        }
    }

    /// Nobody watches any more.
    pub fn end(&self) {
        let mut state = self.state();
        state.has_ended = true;
        state.viewers.clear();
        state.end_useless_runs();
        state.made.clear();
        drop(state);
        self.changed.notify_waiters();
        let folder = self.order.folder.clone();
        tokio::task::spawn_blocking(move || remove_folder(&folder));
    }

    /// How much lies on disk, and what of it could go.
    pub fn inventory(&self) -> (u64, Vec<Disposable>) {
        let state = self.state();
        let is_needed = |segment: u32| {
            state.viewers.values().any(|at| (at.saturating_sub(1)..=at + RUN_SEGMENTS + AHEAD).contains(&segment))
        };
        let pieces = state.made.iter().filter(|(segment, _)| !is_needed(**segment));
        let pieces = pieces.map(|(&segment, made)| Disposable { used: made.used, segment, bytes: made.bytes });
        (state.made.values().map(|made| made.bytes).sum(), pieces.collect())
    }

    pub fn remove(&self, segment: u32) {
        self.state().made.remove(&segment);
        let path = segment_path(&self.order.folder, segment);
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::debug!("remove {}: {error}", path.display());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sees to it that this piece and those after it are made or on their way.
    fn watch(self: &Arc<Self>, state: &mut State, viewer: Uuid, segment: u32) {
        state.viewers.insert(viewer, segment);
        state.end_useless_runs();
        let soon = segment..(segment + AHEAD + 1).min(self.segments());
        let missing = soon.into_iter().find(|segment| !state.made.contains_key(segment));
        let Some(first) = missing.filter(|_| !state.has_ended) else { return };
        if state.runs.iter().any(|run| (run.next..run.end).contains(&first)) {
            return;
        }
        // Up to where something is made already, or on its way.
        let made = state.made.range(first..).next().map(|(segment, _)| *segment);
        let coming = state.runs.iter().map(|run| run.next).filter(|next| *next > first).min();
        let end = [made, coming, Some(first + RUN_SEGMENTS), Some(self.segments())].into_iter().flatten().min();
        let id = state.begun;
        state.begun += 1;
        let is_alone = state.runs.is_empty();
        let end = end.unwrap_or(first + 1);
        let task = tokio::spawn(Arc::clone(self).run(id, first, end, is_alone)).abort_handle();
        state.runs.push(Run { id, next: first, end, task });
    }

    async fn run(self: Arc<Self>, id: u64, first: u32, end: u32, is_alone: bool) {
        let result = match self.encoders.acquire().await {
            Ok(_permit) => self.call(id, first, end, is_alone).await,
            Err(_) => Err(media::Error::Io("the server stops".to_owned())),
        };
        let mut state = self.state();
        state.runs.retain(|run| run.id != id);
        if let Err(error) = result {
            tracing::warn!(source = %self.order.source.display(), segment = first, "make pieces of a stream: {error}");
            state.failures += 1;
            state.failure = Some(error);
        }
        drop(state);
        self.changed.notify_waiters();
    }

    async fn call(&self, id: u64, first: u32, end: u32, is_alone: bool) -> media::Result<()> {
        let folder = self.order.folder.clone();
        let made = tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(&folder)?;
            if is_alone { remove_unfinished(&folder) } else { Ok(()) }
        });
        let made = made.await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        made.map_err(|error| media::Error::Io(format!("prepare {}: {error}", self.order.folder.display())))?;
        let request = Request::Segments {
            source: self.order.source.clone(),
            folder: self.order.folder.clone(),
            settings: (*self.order.settings).clone(),
            variant: self.order.variant.index,
            segments: first..end,
        };
        let on_piece = |_| self.note_piece(id);
        self.media.call(&request, limits::RUN, on_piece).await.map(drop)
    }

    /// The run has made its next piece.
    fn note_piece(&self, id: u64) {
        let mut state = self.state();
        let Some(run) = state.runs.iter_mut().find(|run| run.id == id) else { return };
        let segment = run.next;
        run.next += 1;
        let path = segment_path(&self.order.folder, segment);
        let bytes = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        state.made.insert(segment, Made { bytes, used: Instant::now() });
        drop(state);
        self.changed.notify_waiters();
        self.budget.keep();
    }
}

impl State {
    fn end_useless_runs(&mut self) {
        let viewers = &self.viewers;
        self.runs.retain(|run| {
            let is_followed =
                viewers.values().any(|at| run.next <= at + RUN_SEGMENTS && *at <= run.next + NEAR && *at < run.end);
            if !is_followed {
                run.task.abort();
            }
            is_followed
        });
    }
}

async fn exists(path: &std::path::Path) -> bool {
    tokio::fs::try_exists(path).await.unwrap_or(false)
}

/// What children left that were killed: only unfinished files have such names.
fn remove_unfinished(folder: &std::path::Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn remove_folder(folder: &std::path::Path) {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            tracing::warn!("remove {}: {error}", folder.display());
        }
        _ => {}
    }
}
