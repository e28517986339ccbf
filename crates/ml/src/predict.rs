//! From what is asked of an image or a text to the answer: what needs nothing of the others runs at once, recognition
//! after the detection of its task.

use crate::{
    Service,
    answer::{self, Answer, Embedding, TaskAnswer},
    error::{Error, Result},
    measure::{self, Stage},
    models::{clip, faces, ocr},
    pictures::{Picture, Undecoded},
    runtime::Tensor,
};
use bytes::Bytes;
use futures::future::try_join_all;
use ml_api::{Entries, Entry, Kind, Task, Value};
use std::{collections::BTreeMap, sync::Arc};

const FACE_SCORE: f32 = 0.7;
const LINE_SCORE: f32 = 0.5;
const READING_SCORE: f32 = 0.9;
const TEXT_RESOLUTION: u32 = 736;

/// What a task asks of a picture first, with the model that is asked.
enum First {
    Clip(Arc<clip::Visual>),
    Faces(Arc<faces::Detector>),
    Text(Arc<ocr::Detector>, ocr::Options),
}

/// The same with what the model takes. The picture is needed no more, but for recognition.
enum Prepared {
    Clip(Arc<clip::Visual>, Tensor),
    Faces(Arc<faces::Detector>, faces::Prepared),
    /// None: it is too small for text.
    Text(Arc<ocr::Detector>, ocr::Options, Option<ocr::Prepared>),
}

/// A picture whose faces or lines are cut out once they are found.
struct Image<'a> {
    service: &'a Service,
    picture: Arc<Picture>,
}

impl First {
    async fn of(service: &Service, task: Task, kinds: &BTreeMap<Kind, Entry>) -> Result<Self> {
        let (models, entry) = (&service.models, first_entry(task, kinds)?);
        Ok(match task {
            Task::Clip => Self::Clip(models.visual.get(&entry.model_name).await?),
            Task::FacialRecognition => Self::Faces(models.face_detectors.get(&entry.model_name).await?),
            Task::Ocr => {
                let options = text_options(entry)?;
                Self::Text(models.text_detectors.get(&entry.model_name).await?, options)
            }
        })
    }

    /// Takes milliseconds, so not for the async threads.
    fn prepare(self, picture: &Picture) -> anyhow::Result<Prepared> {
        Ok(match self {
            Self::Clip(model) => {
                let input = model.prepare(picture)?;
                Prepared::Clip(model, input)
            }
            Self::Faces(model) => {
                let input = model.prepare(picture);
                Prepared::Faces(model, input)
            }
            Self::Text(model, options) => {
                let input = model.prepare(picture, options)?;
                Prepared::Text(model, options, input)
            }
        })
    }
}

impl Image<'_> {
    /// What a second model takes, made of parts of the picture on a core.
    async fn prepare<M: Send + Sync + 'static, T: Send + 'static>(
        &self,
        model: &Arc<M>,
        prepare: impl FnOnce(&M, &Picture) -> T + Send + 'static,
    ) -> Result<T> {
        let (model, picture) = (model.clone(), self.picture.clone());
        self.service.work_on_core(move || measure::timed(Stage::Prepare, || prepare(&model, &picture))).await
    }
}

/// Refuses what makes no sense before anything is decoded or loaded.
pub fn check(entries: &Entries, is_image: bool) -> Result<()> {
    if entries.0.values().all(BTreeMap::is_empty) {
        return Err(Error::Malformed("nothing is asked: \"entries\" names no model".to_owned()));
    }
    for (task, kinds) in &entries.0 {
        for kind in kinds.keys() {
            let fits = match task {
                Task::Clip => matches!(kind, Kind::Visual | Kind::Textual),
                Task::FacialRecognition | Task::Ocr => matches!(kind, Kind::Detection | Kind::Recognition),
            };
            if !fits {
                return Err(Error::Malformed(format!("the task {task:?} has no {kind:?}")));
            }
            if *kind == Kind::Recognition && !kinds.contains_key(&Kind::Detection) {
                return Err(Error::BadRequest(format!("the recognition of {task:?} needs its detection")));
            }
            let wants_image = *kind != Kind::Textual;
            if wants_image != is_image {
                let (wanted, given) = if is_image { ("a text", "an image") } else { ("an image", "a text") };
                return Err(Error::BadRequest(format!("{task:?} {kind:?} takes {wanted} and was given {given}")));
            }
        }
    }
    Ok(())
}

pub async fn about_text(service: &Service, entries: &Entries, text: String) -> Result<Answer> {
    let mut answer = Answer::default();
    for (task, kinds) in &entries.0 {
        if let Some(entry) = kinds.get(&Kind::Textual) {
            answer.tasks.insert(*task, embed_text(service, entry, &text).await?);
        }
    }
    Ok(answer)
}

pub async fn about_image(service: &Service, entries: &Entries, file: Bytes) -> Result<Answer> {
    let most_pixels = u64::from(service.limits.max_image_megapixels) * 1_000_000;
    let undecoded = Undecoded::open(file, most_pixels)?;
    // First the models: what waits for a download is a file, and not its pixels.
    let firsts = entries.0.iter().map(|(task, kinds)| First::of(service, *task, kinds));
    let firsts = try_join_all(firsts).await?;
    // Held to the end: what is made of a picture may be as large as the picture.
    let _room = service.room_for(undecoded.pixels).await?;
    // In one go, while the picture is in the processor's caches; then it goes, and what waits for a model is small.
    let (picture, prepared) = service.work_on_core(move || decode(&undecoded, firsts)).await??;
    let (width, height) = picture.dimensions();
    let is_cut = entries.0.values().any(|kinds| kinds.contains_key(&Kind::Recognition));
    let image = is_cut.then(|| Image { service, picture: Arc::new(picture) });
    let image = image.as_ref();
    let asked = entries.0.iter().zip(prepared).map(|((task, kinds), prepared)| async move {
        Ok::<_, Error>((*task, answer_one(image, *task, kinds, prepared).await?))
    });
    let tasks = try_join_all(asked).await?.into_iter().collect();
    Ok(Answer { tasks, image_height: Some(height), image_width: Some(width) })
}

/// And makes of the picture what each of the tasks takes. Takes milliseconds, so not for the async threads.
fn decode(file: &Undecoded, firsts: Vec<First>) -> Result<(Picture, Vec<anyhow::Result<Prepared>>)> {
    let picture = measure::timed(Stage::Decode, || file.decode())?;
    let prepare = |first: First| measure::timed(Stage::Prepare, || first.prepare(&picture));
    let prepared = firsts.into_iter().map(prepare).collect();
    Ok((picture, prepared))
}

/// What the first model says and, where recognition is asked, the second one.
async fn answer_one(
    image: Option<&Image<'_>>,
    task: Task,
    kinds: &BTreeMap<Kind, Entry>,
    prepared: anyhow::Result<Prepared>,
) -> Result<TaskAnswer> {
    let failed = failure(first_entry(task, kinds)?);
    match prepared.map_err(failed)? {
        Prepared::Clip(model, input) => Ok(TaskAnswer::Embedding(Embedding(model.embed(input).await.map_err(failed)?))),
        Prepared::Faces(model, input) => find_faces(image, &model, input, kinds).await,
        Prepared::Text(model, options, input) => {
            let lines = match input {
                Some(input) => model.detect(input, options).await.map_err(failed)?,
                None => Vec::new(),
            };
            read_text(image, lines, kinds).await
        }
    }
}

async fn embed_text(service: &Service, entry: &Entry, text: &str) -> Result<TaskAnswer> {
    let failed = failure(entry);
    let model = service.models.textual.get(&entry.model_name).await?;
    let (of_model, text, language) = (model.clone(), text.to_owned(), word(entry, "language"));
    let prepared =
        service.work(move || measure::timed(Stage::Prepare, || of_model.prepare(&text, language.as_deref()))).await?;
    let embedding = model.embed(prepared.map_err(failed)?).await.map_err(failed)?;
    Ok(TaskAnswer::Embedding(Embedding(embedding)))
}

async fn find_faces(
    image: Option<&Image<'_>>,
    detector: &faces::Detector,
    prepared: faces::Prepared,
    kinds: &BTreeMap<Kind, Entry>,
) -> Result<TaskAnswer> {
    let entry = wanted(kinds, Kind::Detection)?;
    let min_score = number(entry, "minScore").map_or(FACE_SCORE, |score| score as f32);
    let faces = Arc::new(detector.detect(prepared, min_score).await.map_err(failure(entry))?);
    let (Some(image), Some(entry)) = (image, kinds.get(&Kind::Recognition)) else {
        return Ok(answer::detected_faces(&faces));
    };
    if faces.is_empty() {
        return Ok(answer::faces(&faces, Vec::new()));
    }
    let recognizer = image.service.models.face_recognizers.get(&entry.model_name).await?;
    let found = faces.clone();
    let prepared = image.prepare(&recognizer, move |model, picture| model.prepare(picture, &found)).await?;
    let embeddings = recognizer.embed(prepared).await.map_err(failure(entry))?;
    Ok(answer::faces(&faces, embeddings))
}

async fn read_text(
    image: Option<&Image<'_>>,
    lines: Vec<ocr::Line>,
    kinds: &BTreeMap<Kind, Entry>,
) -> Result<TaskAnswer> {
    let (Some(image), Some(entry)) = (image, kinds.get(&Kind::Recognition)) else {
        return Ok(answer::detected_text(&lines));
    };
    let size = image.picture.dimensions();
    let min_score = number(entry, "minScore").map_or(READING_SCORE, |score| score as f32);
    if lines.is_empty() {
        return Ok(answer::text(&lines, Vec::new(), min_score, size));
    }
    let recognizer = image.service.models.text_recognizers.get(&entry.model_name).await?;
    let lines = Arc::new(lines);
    let found = lines.clone();
    let batches = image.prepare(&recognizer, move |model, picture| model.prepare(picture, &found)).await?;
    let readings = recognizer.read(batches, lines.len()).await.map_err(failure(entry))?;
    Ok(answer::text(&lines, readings, min_score, size))
}

fn text_options(entry: &Entry) -> Result<ocr::Options> {
    let scoring = match word(entry, "scoreMode").as_deref() {
        None | Some("fast") => ocr::Scoring::Fast,
        Some("slow") => ocr::Scoring::Slow,
        Some(other) => return Err(Error::Malformed(format!("scoreMode is fast or slow, not {other:?}"))),
    };
    let max_resolution =
        number(entry, "maxResolution").map_or(TEXT_RESOLUTION, |side| side.clamp(1.0, 65_536.0) as u32);
    let min_score = number(entry, "minScore").map_or(LINE_SCORE, |score| score as f32);
    Ok(ocr::Options { min_score, max_resolution, scoring })
}

/// Of the model that sees the picture first.
fn first_entry(task: Task, kinds: &BTreeMap<Kind, Entry>) -> Result<&Entry> {
    wanted(kinds, if task == Task::Clip { Kind::Visual } else { Kind::Detection })
}

fn wanted(kinds: &BTreeMap<Kind, Entry>, kind: Kind) -> Result<&Entry> {
    kinds.get(&kind).ok_or_else(|| Error::BadRequest(format!("{kind:?} is missing")))
}

/// Names the model when it fails.
fn failure(entry: &Entry) -> impl Fn(anyhow::Error) -> Error + Copy + '_ {
    |cause| Error::Model { model: entry.model_name.clone(), cause }
}

fn number(entry: &Entry, option: &str) -> Option<f64> {
    match entry.options.get(option) {
        Some(Value::Number(number)) => Some(*number),
        _ => None,
    }
}

fn word(entry: &Entry, option: &str) -> Option<String> {
    match entry.options.get(option) {
        Some(Value::Text(text)) => Some(text.clone()),
        _ => None,
    }
}
