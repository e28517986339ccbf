//! What a job's body can reach.

use domain::App;
use media::Runner;
use queue::JobContext;
use std::sync::Arc;

/// Made anew for every job; cheap to clone.
#[derive(Clone)]
pub struct Context {
    pub app: App,
    /// Starts the child processes in which files from strangers are read.
    pub media: Runner,
    /// Of the job that runs; `None` in tests that call a body directly.
    job: Option<Arc<JobContext>>,
}

impl Context {
    pub fn new(app: App, media: Runner) -> Self {
        Self { app, media, job: None }
    }

    pub fn for_job(&self, job: JobContext) -> Self {
        Self { job: Some(Arc::new(job)), ..self.clone() }
    }

    /// How far the job is, from 0 to 1.
    pub fn set_progress(&self, share: f32) {
        if let Some(job) = &self.job {
            job.set_progress(share);
        }
    }
}
