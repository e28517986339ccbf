//! Callers this process has seen a moment ago, so that a page of fifty thumbnails asks the database once who wants
//! them.
//!
//! What must stay true: whoever is signed out here is refused here at once. So every rule that changes a session, a key
//! or a user forgets everything after it committed, and an answer that the database gave before that is not remembered
//! after it. Other processes are told by events; a lost event costs [`REMEMBERED_FOR`] at most.

use crate::{app::App, caller::Auth, error::Result, secrets};
use chrono::{DateTime, TimeDelta, Utc};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

const REMEMBERED_FOR: TimeDelta = TimeDelta::seconds(3);
/// Beyond this many the memory is emptied: it is a matter of seconds until it is full of current ones again.
const MOST: usize = 10_000;

#[derive(Clone, Default)]
pub struct Callers(Arc<Mutex<Memory>>);

#[derive(Default)]
struct Memory {
    known: HashMap<secrets::Hash, (Auth, DateTime<Utc>)>,
    /// Counts how often everything was forgotten.
    generation: u64,
}

impl Callers {
    /// Forgets everybody: the next request of each is looked up again.
    pub fn forget_all(&self) {
        let mut memory = self.lock();
        memory.known.clear();
        memory.generation += 1;
    }

    /// Whose secret this is, from memory or as `find` says, with the moment at which that ends.
    pub(crate) async fn get_or_find<Finding>(
        &self,
        app: &App,
        secret: &str,
        find: impl FnOnce(secrets::Hash) -> Finding,
    ) -> Result<Option<Auth>>
    where
        Finding: Future<Output = Result<Option<(Auth, Option<DateTime<Utc>>)>>>,
    {
        let hash = secrets::hash(secret);
        let now = app.clock.now();
        let generation = {
            let memory = self.lock();
            if let Some((auth, until)) = memory.known.get(&hash)
                && *until > now
            {
                return Ok(Some(auth.clone()));
            }
            memory.generation
        };
        let Some((auth, ends_at)) = find(hash).await? else { return Ok(None) };
        let until = ends_at.unwrap_or(DateTime::<Utc>::MAX_UTC).min(now + REMEMBERED_FOR);
        self.remember(generation, hash, auth.clone(), until);
        Ok(Some(auth))
    }

    fn remember(&self, generation: u64, hash: secrets::Hash, auth: Auth, until: DateTime<Utc>) {
        let mut memory = self.lock();
        if memory.generation != generation {
            return;
        }
        if memory.known.len() >= MOST {
            memory.known.clear();
        }
        memory.known.insert(hash, (auth, until));
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caller::{AuthUser, Via};
    use model::ids::{SessionId, UserId};

    fn auth() -> Auth {
        let user = AuthUser {
            id: UserId::random(),
            email: String::new(),
            name: String::new(),
            is_admin: false,
            quota_size_bytes: None,
            quota_usage_bytes: 0,
        };
        Auth { user: Arc::new(user), via: Via::Session { id: SessionId::random(), pin_expires_at: None } }
    }

    #[test]
    fn an_answer_from_before_a_revocation_is_not_remembered_after_it() {
        let callers = Callers::default();
        let before = callers.lock().generation;
        callers.forget_all();
        callers.remember(before, [1; 32], auth(), DateTime::<Utc>::MAX_UTC);
        assert!(callers.lock().known.is_empty());
        let now = callers.lock().generation;
        callers.remember(now, [1; 32], auth(), DateTime::<Utc>::MAX_UTC);
        assert_eq!(callers.lock().known.len(), 1);
    }

    #[test]
    fn a_flood_of_callers_does_not_grow_the_memory() {
        let callers = Callers::default();
        for number in 0..=MOST as u64 {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&number.to_le_bytes());
            callers.remember(0, hash, auth(), DateTime::<Utc>::MAX_UTC);
        }
        assert_eq!(callers.lock().known.len(), 1);
    }
}
