//! Nothing but the package of the integration tests: they are one binary, `it`, so that an edit links once.
