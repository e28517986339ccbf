//! How much all pieces together may take on disk.

use super::production::Production;
use std::{
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Instant,
};

pub(super) struct Budget {
    max_bytes: u64,
    productions: Mutex<Vec<Weak<Production>>>,
}

/// A piece that may go.
pub(super) struct Disposable {
    pub used: Instant,
    pub segment: u32,
    pub bytes: u64,
}

impl Budget {
    pub fn new(max_bytes: u64) -> Self {
        Self { max_bytes, productions: Mutex::default() }
    }

    /// Counts this one in.
    pub fn watch(&self, production: Arc<Production>) -> Arc<Production> {
        let mut productions = self.productions.lock().unwrap_or_else(PoisonError::into_inner);
        productions.retain(|other| other.strong_count() > 0);
        productions.push(Arc::downgrade(&production));
        production
    }

    /// Removes what was not used for longest. What somebody watches or is about to stays, whatever it takes: it is a
    /// minute of video for each.
    pub fn keep(&self) {
        let productions: Vec<Arc<Production>> = {
            let productions = self.productions.lock().unwrap_or_else(PoisonError::into_inner);
            productions.iter().filter_map(Weak::upgrade).collect()
        };
        let mut total = 0;
        let mut disposable = Vec::new();
        for production in &productions {
            let (bytes, pieces) = production.inventory();
            total += bytes;
            disposable.extend(pieces.into_iter().map(|piece| (production, piece)));
        }
        disposable.sort_by_key(|(_, piece)| piece.used);
        for (production, piece) in disposable {
            if total <= self.max_bytes {
                return;
            }
            production.remove(piece.segment);
            total -= piece.bytes;
        }
    }
}
