//! From what is asked of an image or a text to the answer: what needs nothing of the others runs at once, recognition
//! after the detection of its task.

use crate::{
    Service,
    answer::{self, Answer, Embedding, TaskAnswer},
    error::{Error, Result},
    measure::Stage,
    models::{clip, faces, ocr},
    pictures::{Picture, Undecoded},
};
use bytes::Bytes;
use futures::future::try_join_all;
use ml_api::{Entries, Entry, Kind, Task, Value};
use std::{collections::BTreeMap, sync::Arc};

const FACE_SCORE: f32 = 0.7;
const LINE_SCORE: f32 = 0.5;
const READING_SCORE: f32 = 0.9;
const TEXT_RESOLUTION: u32 = 736;

/// A picture that is asked about, decoded once for all that is asked.
struct Image<'a> {
    service: &'a Service,
    picture: Arc<Picture>,
}

impl Image<'_> {
    /// What a model takes, made of the picture on a core.
    async fn prepare<M: Send + Sync + 'static, T: Send + 'static>(
        &self,
        model: &Arc<M>,
        prepare: impl FnOnce(&M, &Picture) -> T + Send + 'static,
    ) -> Result<T> {
        let (model, picture) = (model.clone(), self.picture.clone());
        self.service.work_on_core(Stage::Prepare, move || prepare(&model, &picture)).await
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
    // Held until the last of the tasks is done with it.
    let _room = service.room_for(undecoded.pixels).await?;
    let picture = Arc::new(service.work_on_core(Stage::Decode, move || undecoded.decode()).await??);
    let (width, height) = picture.dimensions();
    let image = Image { service, picture };
    let asked = entries.0.iter().map(|(task, kinds)| async {
        let answer = match task {
            Task::Clip => embed_image(&image, kinds).await?,
            Task::FacialRecognition => find_faces(&image, kinds).await?,
            Task::Ocr => read_text(&image, kinds).await?,
        };
        Ok::<_, Error>((*task, answer))
    });
    let tasks = try_join_all(asked).await?.into_iter().collect();
    Ok(Answer { tasks, image_height: Some(height), image_width: Some(width) })
}

async fn embed_text(service: &Service, entry: &Entry, text: &str) -> Result<TaskAnswer> {
    let failed = failure(entry);
    let model = service.models.textual.get(&entry.model_name).await?;
    let (of_model, text, language) = (model.clone(), text.to_owned(), word(entry, "language"));
    let prepared = service.work(Stage::Prepare, move || of_model.prepare(&text, language.as_deref())).await?;
    let embedding = model.embed(prepared.map_err(failed)?).await.map_err(failed)?;
    Ok(TaskAnswer::Embedding(Embedding(embedding)))
}

async fn embed_image(image: &Image<'_>, kinds: &BTreeMap<Kind, Entry>) -> Result<TaskAnswer> {
    let entry = wanted(kinds, Kind::Visual)?;
    let failed = failure(entry);
    let model = image.service.models.visual.get(&entry.model_name).await?;
    let prepared = image.prepare(&model, clip::Visual::prepare).await?;
    let embedding = model.embed(prepared.map_err(failed)?).await.map_err(failed)?;
    Ok(TaskAnswer::Embedding(Embedding(embedding)))
}

async fn find_faces(image: &Image<'_>, kinds: &BTreeMap<Kind, Entry>) -> Result<TaskAnswer> {
    let entry = wanted(kinds, Kind::Detection)?;
    let detector = image.service.models.face_detectors.get(&entry.model_name).await?;
    let prepared = image.prepare(&detector, faces::Detector::prepare).await?;
    let min_score = number(entry, "minScore").map_or(FACE_SCORE, |score| score as f32);
    let faces = Arc::new(detector.detect(prepared, min_score).await.map_err(failure(entry))?);
    let Some(entry) = kinds.get(&Kind::Recognition) else { return Ok(answer::detected_faces(&faces)) };
    if faces.is_empty() {
        return Ok(answer::faces(&faces, Vec::new()));
    }
    let recognizer = image.service.models.face_recognizers.get(&entry.model_name).await?;
    let found = faces.clone();
    let prepared = image.prepare(&recognizer, move |model, picture| model.prepare(picture, &found)).await?;
    let embeddings = recognizer.embed(prepared).await.map_err(failure(entry))?;
    Ok(answer::faces(&faces, embeddings))
}

async fn read_text(image: &Image<'_>, kinds: &BTreeMap<Kind, Entry>) -> Result<TaskAnswer> {
    let entry = wanted(kinds, Kind::Detection)?;
    let failed = failure(entry);
    let options = text_options(entry)?;
    let detector = image.service.models.text_detectors.get(&entry.model_name).await?;
    let prepared = image.prepare(&detector, move |model, picture| model.prepare(picture, options)).await?;
    let lines = match prepared.map_err(failed)? {
        Some(prepared) => detector.detect(prepared, options).await.map_err(failed)?,
        None => Vec::new(),
    };
    let Some(entry) = kinds.get(&Kind::Recognition) else { return Ok(answer::detected_text(&lines)) };
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
