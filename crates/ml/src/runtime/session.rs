//! One ONNX session on a thread of its own, with a queue before it. What waits together runs together if the model
//! takes several rows; what nobody waits for any more is not run.

use super::{Cores, Element, Library, Tensor, memory};
use crate::measure;
use anyhow::{Context, anyhow};
use futures::executor::block_on;
use ort::{session::SessionInputValue, value::ValueType};
use std::{borrow::Cow, collections::BTreeMap, path::Path, thread, time::Instant};
use tokio::sync::{mpsc, oneshot};

/// Jobs before a session. Requests are counted at the door; this only has to be more than one of them may bring.
const QUEUE: usize = 512;

pub struct Session {
    queue: mpsc::Sender<Job>,
    pub inputs: Vec<Port>,
    pub metadata: BTreeMap<String, String>,
    pub name: String,
}

/// An input of a model.
#[derive(Debug, Clone)]
pub struct Port {
    pub name: String,
    pub element: Element,
    /// None: any size.
    pub shape: Vec<Option<usize>>,
}

/// How a model is run.
#[derive(Debug, Clone, Copy)]
pub struct Runs {
    pub batching: Batching,
    /// Whether somebody waits for the answer who should not wait for pictures.
    pub is_urgent: bool,
}

/// How many rows one run may take, where the model leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batching {
    /// The first axis of what comes out does not count rows.
    Never,
    UpTo(usize),
}

type Outputs = Vec<Tensor>;

struct Job {
    /// In the order of the session's inputs.
    inputs: Vec<Tensor>,
    queued: Instant,
    answer: oneshot::Sender<Result<Outputs, String>>,
}

impl Session {
    /// Loads a model. Takes as long as reading it does, so not for the async threads.
    pub fn open(library: &Library, file: &Path, name: &str, runs: Runs) -> anyhow::Result<Self> {
        let session = library.session_builder(!runs.is_urgent)?.commit_from_file(file)?;
        let inputs = session.inputs().iter().map(port).collect::<anyhow::Result<Vec<_>>>()?;
        let metadata = custom_metadata(&session).context("read the model's metadata")?;
        let takes_rows = inputs.iter().all(|port| port.shape.first().is_some_and(Option::is_none));
        let rows_at_once = match runs.batching {
            Batching::Never => None,
            Batching::UpTo(rows) => Some(if takes_rows { rows.max(1) } else { 1 }),
        };
        let (queue, jobs) = mpsc::channel(QUEUE);
        let cores = if runs.is_urgent { 0 } else { library.cores_of_a_run()? };
        let cores = (library.cores.clone(), cores);
        let worker = Worker { session, jobs, cores, rows_at_once, name: name.to_owned(), waiting: None };
        thread::Builder::new().name(format!("model {name}")).spawn(|| worker.work()).context("start a thread")?;
        Ok(Self { queue, inputs, metadata, name: name.to_owned() })
    }

    /// Runs rows. Whoever stops waiting for the answer takes the job out of the queue.
    pub async fn run(&self, inputs: Vec<Tensor>) -> anyhow::Result<Outputs> {
        let (answer, outputs) = oneshot::channel();
        measure::queue(&self.name, 1.0);
        let job = Job { inputs, queued: Instant::now(), answer };
        let sent = self.queue.send(job).await;
        if sent.is_err() {
            measure::queue(&self.name, -1.0);
            return Err(anyhow!("the model's thread has ended"));
        }
        outputs.await.context("the model's thread ended while it ran")?.map_err(|error| anyhow!(error))
    }
}

struct Worker {
    session: ort::session::Session,
    jobs: mpsc::Receiver<Job>,
    /// And how many of them a run takes.
    cores: (Cores, usize),
    /// None: a run takes one job as it is. Some(1): one row at a time.
    rows_at_once: Option<usize>,
    name: String,
    /// Taken out of the queue, but it did not fit to the others.
    waiting: Option<Job>,
}

impl Worker {
    /// Until nobody holds the session any more.
    fn work(mut self) {
        while let Some(first) = self.next() {
            let (cores, count) = &self.cores;
            let _held = block_on(cores.take(*count));
            let batch = self.gather(first);
            if !batch.is_empty() {
                self.run(batch);
            }
        }
        drop(self.session);
        memory::give_back();
    }

    fn next(&mut self) -> Option<Job> {
        self.waiting.take().or_else(|| self.jobs.blocking_recv())
    }

    /// What waits now and fits, without those whose client has gone. Nothing is waited for.
    fn gather(&mut self, first: Job) -> Vec<Job> {
        let most = self.rows_at_once.unwrap_or(1);
        let mut batch: Vec<Job> = Vec::new();
        let mut rows = 0;
        let mut next = Some(first);
        while let Some(job) = next {
            measure::queue(&self.name, -1.0);
            if job.answer.is_closed() {
                measure::abandoned(&self.name);
            } else {
                let is_with = batch.first().is_none_or(|first| {
                    rows + job.rows() <= most && first.inputs.iter().zip(&job.inputs).all(|(a, b)| a.fits(b))
                });
                if !is_with {
                    measure::queue(&self.name, 1.0);
                    self.waiting = Some(job);
                    break;
                }
                rows += job.rows();
                measure::stage(measure::Stage::Wait, job.queued.elapsed());
                batch.push(job);
            }
            next = if rows < most { self.jobs.try_recv().ok() } else { None };
        }
        batch
    }

    fn run(&mut self, batch: Vec<Job>) {
        let start = Instant::now();
        let counts: Vec<usize> = batch.iter().map(Job::rows).collect();
        measure::batch(&self.name, counts.iter().sum());
        let (mut inputs, mut answers) = (Vec::new(), Vec::new());
        for job in batch {
            answers.push(job.answer);
            if inputs.is_empty() {
                inputs = job.inputs;
            } else {
                inputs.iter_mut().zip(job.inputs).for_each(|(all, more): (&mut Tensor, _)| all.append(more));
            }
        }
        let outcome = self.run_rows(inputs).map_err(|error| format!("{error:#}"));
        measure::stage(measure::Stage::Run, start.elapsed());
        match outcome {
            Ok(outputs) => hand_out(outputs, &counts, answers),
            // Somebody may have stopped waiting, here and below: then nobody is told.
            Err(error) => answers.into_iter().for_each(|answer| drop(answer.send(Err(error.clone())))),
        }
    }

    /// In as many runs as the model wants.
    fn run_rows(&mut self, mut inputs: Vec<Tensor>) -> anyhow::Result<Outputs> {
        let rows = inputs.first().map_or(0, Tensor::rows);
        let most = self.rows_at_once.unwrap_or(rows);
        let mut all: Outputs = Vec::new();
        while inputs.first().is_some_and(|input| input.rows() > most) {
            let (now, later) = inputs.into_iter().map(|input| input.split_at(most)).unzip();
            join(&mut all, self.run_once(now)?)?;
            inputs = later;
        }
        join(&mut all, self.run_once(inputs)?)?;
        Ok(all)
    }

    fn run_once(&mut self, inputs: Vec<Tensor>) -> anyhow::Result<Outputs> {
        let names: Vec<String> = self.session.inputs().iter().map(|input| input.name().to_owned()).collect();
        let mut values: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::new();
        for (name, input) in names.into_iter().zip(inputs) {
            values.push((name.into(), input.into_input()?));
        }
        let outputs = self.session.run(values)?;
        outputs.values().map(|value| Tensor::from_output(&value)).collect()
    }
}

impl Job {
    fn rows(&self) -> usize {
        self.inputs.first().map_or(1, Tensor::rows)
    }
}

fn join(all: &mut Outputs, more: Outputs) -> anyhow::Result<()> {
    if all.is_empty() {
        *all = more;
        return Ok(());
    }
    for (all, more) in all.iter_mut().zip(more) {
        anyhow::ensure!(all.fits(&more), "the model's answers have different shapes");
        all.append(more);
    }
    Ok(())
}

/// To each job its rows. A job that ran alone has all there is, whatever the first axis means.
fn hand_out(mut outputs: Outputs, counts: &[usize], answers: Vec<oneshot::Sender<Result<Outputs, String>>>) {
    let last = answers.len().saturating_sub(1);
    for (index, (answer, &rows)) in answers.into_iter().zip(counts).enumerate() {
        let own = if index == last {
            std::mem::take(&mut outputs)
        } else {
            let (own, rest) = std::mem::take(&mut outputs).into_iter().map(|output| output.split_at(rows)).unzip();
            outputs = rest;
            own
        };
        drop(answer.send(Ok(own)));
    }
}

fn port(outlet: &ort::value::Outlet) -> anyhow::Result<Port> {
    let ValueType::Tensor { ty, shape, .. } = outlet.dtype() else {
        anyhow::bail!("the model's input {} is no tensor", outlet.name());
    };
    let shape = shape.iter().map(|&size| usize::try_from(size).ok()).collect();
    Ok(Port { name: outlet.name().to_owned(), element: Element::of(*ty)?, shape })
}

fn custom_metadata(session: &ort::session::Session) -> anyhow::Result<BTreeMap<String, String>> {
    let metadata = session.metadata()?;
    let keys = metadata.custom_keys()?;
    Ok(keys.into_iter().filter_map(|key| metadata.custom(&key).map(|value| (key, value))).collect())
}
