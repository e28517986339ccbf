//! Live streams: who watches what, and the pieces that are made for them.
//!
//! A *session* is one player; it ends when its player says so, or when nothing was heard of it for a while. What is made
//! of one version of one video is shared by all sessions that watch it (`Production`), and goes with the last of them.
//!
//! What must stay true: pieces lie in a cache. Any of them may vanish at any time, and is made again when it is asked
//! for; nothing of it is in the database. Videos are read and encoded by child processes, never here.

mod budget;
mod production;

use budget::Budget;
use config::system::ffmpeg::Ffmpeg;
use domain::{Error, error::Result};
use media::{
    Request, Response, Runner,
    video::hls::{INIT, Variant},
};
use model::ids::AssetId;
use production::{Production, limits};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// A session of which nothing is heard for so long has ended: players fetch something every few seconds.
const IDLE: Duration = Duration::from_secs(5 * 60);
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Cheap to clone.
#[derive(Clone)]
pub struct Streams(Arc<Inner>);

struct Inner {
    media: Runner,
    folder: PathBuf,
    budget: Arc<Budget>,
    /// Encoders that may run at once; the next one waits.
    encoders: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<Uuid, Session>,
    productions: HashMap<(AssetId, usize), Arc<Production>>,
}

#[derive(Clone)]
struct Session {
    asset: AssetId,
    source: PathBuf,
    settings: Arc<Ffmpeg>,
    variants: Arc<[Variant]>,
    used: Instant,
}

/// What a player asks for of one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece {
    /// What it needs before any other; it is about to ask for `next`.
    Init {
        next: u32,
    },
    Segment(u32),
}

impl Streams {
    /// Empties the folder: what an earlier process made is of no use to this one.
    pub fn new(media: Runner, cache: &Path, max_bytes: u64) -> Self {
        match std::fs::remove_dir_all(cache) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!("empty the cache of streams at {}: {error}", cache.display());
            }
            _ => {}
        }
        let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get().max(2));
        let inner = Arc::new(Inner {
            media,
            // Another server may use the same library.
            folder: cache.join(Uuid::new_v4().to_string()),
            budget: Arc::new(Budget::new(max_bytes)),
            encoders: Arc::new(Semaphore::new(cores)),
            state: Mutex::default(),
        });
        let weak = Arc::downgrade(&inner);
        tokio::spawn(async move {
            while let Some(inner) = weak.upgrade() {
                Self(inner).end_idle(IDLE);
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
        Self(inner)
    }

    /// A new session, and in which versions its player may watch the video.
    pub async fn open(&self, asset: AssetId, source: PathBuf, settings: Ffmpeg) -> Result<(Uuid, Arc<[Variant]>)> {
        let request = Request::Variants { source: source.clone(), settings: settings.clone() };
        let answer = self.0.media.call(&request, limits::LOOK, |_| {}).await.map_err(failed)?;
        let Response::Variants(variants) = answer else {
            return Err(Error::internal(anyhow::anyhow!("the child answered another question")));
        };
        let (id, variants) = (Uuid::new_v4(), Arc::from(variants));
        let session = Session {
            asset,
            source,
            settings: Arc::new(settings),
            variants: Arc::clone(&variants),
            used: Instant::now(),
        };
        self.0.state().sessions.insert(id, session);
        Ok((id, variants))
    }

    /// One version of the video of this session.
    pub fn variant(&self, asset: AssetId, session: Uuid, index: usize) -> Result<Variant> {
        find_variant(&self.0.state().touch(asset, session)?, index)
    }

    /// A piece as a file, made if need be.
    pub async fn piece(&self, asset: AssetId, session: Uuid, index: usize, piece: Piece) -> Result<PathBuf> {
        let production = self.production(asset, session, index)?;
        let last = production.segments().saturating_sub(1);
        let segment = match piece {
            Piece::Segment(segment) if segment > last => return Err(Error::not_found("Segment not found")),
            Piece::Segment(segment) => segment,
            Piece::Init { next } => next.min(last),
        };
        let made = production.get(session, segment).await.map_err(failed)?;
        Ok(match piece {
            Piece::Segment(_) => made,
            Piece::Init { .. } => made.with_file_name(INIT),
        })
    }

    /// Begins before the player asks.
    pub fn prepare(&self, asset: AssetId, session: Uuid, index: usize, segment: u32) -> Result<()> {
        let production = self.production(asset, session, index)?;
        production.prepare(session, segment.min(production.segments().saturating_sub(1)));
        Ok(())
    }

    /// The player has gone.
    pub fn end(&self, asset: AssetId, session: Uuid) -> Result<()> {
        let mut state = self.0.state();
        state.touch(asset, session)?;
        state.end(session);
        Ok(())
    }

    /// Ends the sessions of which nothing was heard for so long.
    pub fn end_idle(&self, idle: Duration) {
        let mut state = self.0.state();
        let idle: Vec<Uuid> =
            state.sessions.iter().filter(|(_, session)| session.used.elapsed() >= idle).map(|(id, _)| *id).collect();
        for session in idle {
            tracing::debug!(%session, "a stream was left");
            state.end(session);
        }
    }

    /// What is made of this version; whoever watched another version before leaves that.
    fn production(&self, asset: AssetId, id: Uuid, index: usize) -> Result<Arc<Production>> {
        let mut state = self.0.state();
        let session = state.touch(asset, id)?;
        let variant = find_variant(&session, index)?;
        for ((of, other), production) in &state.productions {
            if *of == asset && *other != index {
                production.leave(id);
            }
        }
        let production = state.productions.entry((asset, index)).or_insert_with(|| {
            // One that was used before may still be on its way out.
            let folder = self.0.folder.join(Uuid::new_v4().to_string());
            let order = production::Order { source: session.source, settings: session.settings, variant, folder };
            let (media, encoders) = (self.0.media.clone(), Arc::clone(&self.0.encoders));
            self.0.budget.watch(Production::new(order, media, encoders, Arc::clone(&self.0.budget)))
        });
        Ok(Arc::clone(production))
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn touch(&mut self, asset: AssetId, session: Uuid) -> Result<Session> {
        let session = self.sessions.get_mut(&session).filter(|session| session.asset == asset);
        let session = session.ok_or_else(|| Error::not_found("Stream session not found"))?;
        session.used = Instant::now();
        Ok(session.clone())
    }

    fn end(&mut self, id: Uuid) {
        let Some(Session { asset, .. }) = self.sessions.remove(&id) else { return };
        let is_watched = self.sessions.values().any(|session| session.asset == asset);
        self.productions.retain(|(of, _), production| {
            if *of == asset {
                production.leave(id);
            }
            let goes = *of == asset && !is_watched;
            if goes {
                production.end();
            }
            !goes
        });
    }
}

fn find_variant(session: &Session, index: usize) -> Result<Variant> {
    let found = session.variants.iter().find(|variant| variant.index == index);
    found.cloned().ok_or_else(|| Error::not_found("Variant not found"))
}

/// A video that cannot be streamed is nobody's fault; a child that died may do better next time.
fn failed(error: media::Error) -> Error {
    match error {
        error if error.is_permanent() => Error::BadRequest(error.to_string().into()),
        media::Error::TimedOut(_) => Error::Unavailable(error.into()),
        error => Error::internal(error),
    }
}
