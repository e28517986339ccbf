//! Every job that can be pushed can be run, and the reverse.

use domain::jobs::CATALOGUE;
use std::collections::BTreeSet;
use worker::registry::NAMES;

#[test]
fn every_payload_has_a_body_and_every_body_a_payload() {
    let payloads: BTreeSet<&str> = CATALOGUE.iter().map(|(name, _)| *name).collect();
    let bodies: BTreeSet<&str> = NAMES.iter().copied().collect();
    assert_eq!(payloads, bodies);
    assert_eq!((payloads.len(), bodies.len()), (CATALOGUE.len(), NAMES.len()), "a name stands for one job only");
}
