//! Reading lines: the network says for every few pixels which letter it sees, or that there is none.

use super::{Line, Reading, crop::crop};
use crate::{
    pictures::{Normalization, Order, Picture, Target, resize_bilinear},
    runtime::{Batching, Damaged, Folder, Model, Runs, Session, Tensor},
    settings,
};
use anyhow::{Context, ensure};
use ml_api::{Kind, Task};
use std::fs;

const HEIGHT: u32 = 48;
const USUAL_WIDTH: f64 = 320.0;
/// Where the model's own file says which letters it knows, and the file beside it otherwise.
const METADATA_KEY: &str = "character";
const DICTIONARIES: [&str; 3] = ["dict.txt", "ppocrv5_dict.txt", "ppocr_keys_v5.txt"];

pub struct Recognizer {
    session: Session,
    normalization: Normalization,
    /// By the network's numbers; the first one means: no letter.
    letters: Vec<String>,
    lines_at_once: usize,
}

/// Lines of about the same shape, and which of the request's they are.
pub struct Batch {
    input: Tensor,
    lines: Vec<usize>,
}

impl Model for Recognizer {
    const TASK: Task = Task::Ocr;
    const KIND: Kind = Kind::Recognition;

    fn runs(settings: &settings::Runtime) -> Runs {
        Runs { batching: Batching::UpTo(settings.max_batch_size_ocr), is_urgent: false }
    }

    fn load(session: Session, folder: &Folder, settings: &settings::Runtime) -> anyhow::Result<Self> {
        let dictionary = match session.metadata.get(METADATA_KEY) {
            Some(dictionary) => dictionary.clone(),
            None => dictionary_beside(folder)?,
        };
        Ok(Self {
            session,
            normalization: Normalization::of_bytes(127.5, 127.5, Order::Bgr),
            letters: letters(&dictionary),
            lines_at_once: settings.max_batch_size_ocr.max(1),
        })
    }
}

impl Recognizer {
    /// All lines of a picture, those of about the same shape together. Takes milliseconds, so not for the async threads.
    pub fn prepare(&self, picture: &Picture, lines: &[Line]) -> Vec<Batch> {
        let crops = lines.iter().enumerate().filter_map(|(index, line)| Some((index, crop(picture, line)?)));
        let mut crops: Vec<(usize, Picture)> = crops.collect();
        crops.sort_by(|a, b| aspect(&a.1).total_cmp(&aspect(&b.1)));
        crops.chunks(self.lines_at_once).map(|chunk| self.batch(chunk)).collect()
    }

    /// For each of the request's lines what it says, or nothing.
    pub async fn read(&self, batches: Vec<Batch>, lines: usize) -> anyhow::Result<Vec<Option<Reading>>> {
        let mut readings = vec![None; lines];
        for batch in batches {
            let outputs = self.session.run(vec![batch.input]).await?;
            let output = outputs.first().context("the model answers nothing")?;
            let [count, steps, classes] = output.shape[..] else { anyhow::bail!("the model answers no letters") };
            ensure!(count == batch.lines.len(), "the model answers {count} lines of {}", batch.lines.len());
            ensure!(
                classes == self.letters.len(),
                "the model tells {classes} letters apart, its dictionary has {}",
                self.letters.len()
            );
            let rows = output.as_f32()?.chunks((steps * classes).max(1));
            for (&line, likelihoods) in batch.lines.iter().zip(rows) {
                readings[line] = self.decode(likelihoods);
            }
        }
        Ok(readings)
    }

    /// As wide as the widest of them needs, black to the right of the others.
    fn batch(&self, crops: &[(usize, Picture)]) -> Batch {
        let widest = crops.iter().map(|(_, crop)| aspect(crop)).fold(USUAL_WIDTH / f64::from(HEIGHT), f64::max);
        let (width, height) = ((f64::from(HEIGHT) * widest) as u32, HEIGHT as usize);
        let size = 3 * height * width as usize;
        let mut values = vec![0.0; crops.len() * size];
        for ((_, crop), values) in crops.iter().zip(values.chunks_mut(size)) {
            let own_width = ((f64::from(HEIGHT) * aspect(crop)).ceil() as u32).clamp(1, width);
            let small = resize_bilinear(crop, own_width, HEIGHT);
            self.normalization.write_all(&small, &mut Target { values, width: width as usize, height });
        }
        let input = Tensor::of_f32([crops.len(), 3, height, width as usize], values);
        Batch { input, lines: crops.iter().map(|(line, _)| *line).collect() }
    }

    /// At every place the likeliest letter; the same twice without a gap is one. None if there is no letter.
    fn decode(&self, likelihoods: &[f32]) -> Option<Reading> {
        let (mut text, mut scores, mut previous) = (String::new(), Vec::new(), 0);
        for place in likelihoods.chunks(self.letters.len()) {
            let (best, score) = likeliest(place);
            if best != 0 && best != previous {
                text.push_str(&self.letters[best]);
                scores.push(five_digits(score));
            }
            previous = best;
        }
        let score = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
        (!scores.is_empty()).then(|| Reading { text, score: five_digits(score as f32) as f32 })
    }
}

/// The first of the likeliest.
fn likeliest(place: &[f32]) -> (usize, f32) {
    place.iter().copied().enumerate().fold((0, f32::MIN), |best, next| if next.1 > best.1 { next } else { best })
}

/// The reference rounds so.
fn five_digits(score: f32) -> f64 {
    (f64::from(score) * 1e5).round_ties_even() / 1e5
}

fn aspect(picture: &Picture) -> f64 {
    f64::from(picture.width()) / f64::from(picture.height().max(1))
}

fn dictionary_beside(folder: &Folder) -> anyhow::Result<String> {
    let files = DICTIONARIES.map(|name| folder.part().join(name));
    let file =
        files.iter().find(|file| file.is_file()).context("neither the model nor a file beside it says its letters");
    let file = file.context(Damaged)?;
    fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}

/// One on each line, between "no letter" and the space, which some dictionaries name themselves.
fn letters(dictionary: &str) -> Vec<String> {
    let mut own: Vec<String> = dictionary.lines().map(str::to_owned).collect();
    if own.first().is_none_or(|first| first != "blank") {
        own.insert(0, String::new());
        own.push(" ".to_owned());
    }
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dictionaries_come_with_and_without_what_is_no_letter() {
        assert_eq!(letters("a\nb"), ["", "a", "b", " "]);
        assert_eq!(letters("blank\na\nb\n \n"), ["blank", "a", "b", " "]);
    }

    #[test]
    fn the_first_of_the_likeliest_counts() {
        assert_eq!(likeliest(&[0.1, 0.4, 0.4]), (1, 0.4));
        assert_eq!(five_digits(0.123_456_7), 0.12346);
    }
}
