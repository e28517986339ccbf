//! The model service beside the network it runs: CLIP ViT-B-32 at full cost, in one run with plain ONNX Runtime on the same
//! files and with the service that anybody would write, which runs what a request brings as soon as it has come.
//!
//! The speed of a machine changes from minute to minute, so the sides take turns, and what counts are ratios.

mod sides;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use self::sides::{Kind, Plain, Service};
use super::{
    Args,
    client::Request,
    pictures::{LARGE, Set},
    table::{Table, percentile},
};
use crate::{fingerprint::Stamp, paths, python, say, shell};

const PACKAGES: &[&str] = &[
    "onnxruntime==1.26.0",
    python::ONNX,
    python::NUMPY,
    "pillow==13.0.0",
    "fastapi==0.165.0",
    "uvicorn==0.54.0",
    "python-multipart==0.0.34",
    "tokenizers==0.23.3",
];
const MODEL: &str = "ViT-B-32__openai";
/// As large as what a server sends: the preview of a photo of 4:3.
const PREVIEWS: Set = Set { name: "preview", count: 4, width: 1920, height: 1440, quality: 80, ..LARGE };
const ROUNDS: usize = 7;
/// Runs of the network before and after each side's turn.
const PLAIN_RUNS: u32 = 10;
const CLIENTS: usize = 16;

/// What a side did in its turns: a second's answers, and their share of what the network alone did around them.
#[derive(Default)]
struct Turns {
    per_second: Vec<f64>,
    ratio: Vec<f64>,
}

pub fn run(_: &Args) -> Result<()> {
    let python = python::interpreter(PACKAGES)?;
    let cache = models(&python)?;
    let folder = cache.join("clip").join(MODEL);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let ours = Service::ours(&cache).await?;
        let empty = ours.resident_megabytes()?;
        let naive = Service::one_by_one(&python, &folder).await?;
        let files = PREVIEWS.files()?;
        let mut plain = Plain::start(&python, &folder, &files)?;
        let pictures = previews(&files)?;
        let questions = |service: &Service| {
            let picture = |file: &Vec<u8>| service.question(Kind::Visual, file);
            (
                pictures.iter().map(picture).collect::<Vec<_>>(),
                vec![service.question(Kind::Textual, b"a photo of the cat")],
            )
        };
        let ((our_pictures, our_texts), (naive_pictures, naive_texts)) = (questions(&ours), questions(&naive));
        same_answers(&ours, &our_pictures, &naive, &naive_pictures).await?;
        same_answers(&ours, &our_texts, &naive, &naive_texts).await?;

        let mut table = Table::new([
            "CLIP ViT-B-32",
            "Ferrotype",
            "ONNX Runtime",
            "share",
            "ONNX Runtime and Pillow",
            "FastAPI",
            "target",
        ]);
        for (kind, ours_ask, naive_ask) in
            [(Kind::Visual, &our_pictures[..], &naive_pictures[..]), (Kind::Textual, &our_texts, &naive_texts)]
        {
            for clients in [1, CLIENTS] {
                let sides = [(&ours, ours_ask), (&naive, naive_ask)];
                compare(&mut table, &mut plain, kind, clients, sides).await?;
            }
        }
        table.print();
        let times = one_answer(&ours, &our_pictures, &our_texts).await?;
        drop((plain, naive));
        times.print();
        memory(&ours, empty).await?.print();
        Ok(())
    })
}

/// In turns with the network alone.
async fn compare(
    table: &mut Table,
    plain: &mut Plain,
    kind: Kind,
    clients: usize,
    sides: [(&Service, &[Request]); 2],
) -> Result<()> {
    let count = if clients == 1 { 10 } else { 3 * clients };
    for (service, questions) in sides {
        service.load(clients, questions, clients).await?;
    }
    let (mut alone, mut decoded) = (Vec::new(), Vec::new());
    let mut turns = [Turns::default(), Turns::default()];
    for _ in 0..ROUNDS {
        let mut before = plain.per_second(kind, PLAIN_RUNS)?;
        for ((service, questions), turns) in sides.iter().zip(&mut turns) {
            let per_second = service.load(clients, questions, count).await?.per_second();
            let after = plain.per_second(kind, PLAIN_RUNS)?;
            turns.per_second.push(per_second);
            turns.ratio.push(2.0 * per_second / (before + after));
            alone.push(after);
            before = after;
        }
        if kind == Kind::Visual {
            decoded.push(plain.decoded_per_second(PLAIN_RUNS)?);
        }
    }
    let median = |values: &[f64]| percentile(values, 0.5);
    let [ours, naive] = turns;
    let name = format!("{} a second, {clients} client{}", kind.what(), if clients == 1 { "" } else { "s" });
    let speed = |values: &[f64]| format!("{:.1}/s", median(values));
    let naive_cell = format!("{} ({:.2})", speed(&naive.per_second), median(&naive.ratio));
    let target = if clients == 1 && kind == Kind::Visual { "" } else { "≥ 0.95" };
    let decoded = if decoded.is_empty() { String::new() } else { speed(&decoded) };
    let [ours_cell, alone] = [&ours.per_second, &alone].map(|values| speed(values));
    table.row([&name, &ours_cell, &alone, &format!("{:.2}", median(&ours.ratio)), &decoded, &naive_cell, target]);
    Ok(())
}

/// Where the time of an answer goes when nobody else asks.
async fn one_answer(ours: &Service, pictures: &[Request], texts: &[Request]) -> Result<Table> {
    let mut table = Table::new(["one client, means", "all", "network", "decode, resize", "the rest", "target"]);
    for (kind, questions) in [(Kind::Visual, pictures), (Kind::Textual, texts)] {
        // It may have been let go meanwhile: loading it is not the question.
        ours.load(1, questions, 1).await?;
        let before = ours.seconds().await?;
        let count = 40;
        ours.load(1, questions, count).await?;
        let spent = ours.seconds().await?.since(&before);
        let each = |seconds: f64| seconds * 1000.0 / count as f64;
        // Of a text nothing is decoded, and what prepares it is the service's own.
        let of_picture = if kind == Kind::Visual { spent.decode + spent.prepare } else { 0.0 };
        let rest = spent.request - spent.run - of_picture;
        let [all, run, of_picture, rest] = [spent.request, spent.run, of_picture, rest].map(each);
        let name = format!("a {}", kind.what().trim_end_matches('s'));
        let cells = [all, run, of_picture, rest].map(|value| format!("{value:.1} ms"));
        table.row([&name, &cells[0], &cells[1], &cells[2], &cells[3], "< 3 ms"]);
    }
    Ok(table)
}

async fn memory(ours: &Service, empty: f64) -> Result<Table> {
    let loaded = ours.resident_megabytes()?;
    say::note("waiting until the models are let go");
    ours.wait_until_empty().await?;
    let after = ours.resident_megabytes()?;
    let mut table = Table::new(["resident memory", "Ferrotype", "target"]);
    table.row(["no model loaded yet", &format!("{empty:.0} MB"), "< 40 MB"]);
    table.row(["both models loaded", &format!("{loaded:.0} MB"), ""]);
    table.row(["after they were let go", &format!("{after:.0} MB"), "< 80 MB"]);
    Ok(table)
}

/// A comparison of different answers would be none.
async fn same_answers(ours: &Service, we: &[Request], naive: &Service, they: &[Request]) -> Result<()> {
    for (we, they) in we.iter().zip(they) {
        let (a, b) = (ours.embedding(we).await?, naive.embedding(they).await?);
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let cosine = dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt();
        ensure!(a.len() == b.len() && cosine > 0.9999, "the two services answer differently: {cosine}");
    }
    Ok(())
}

/// The networks with random weights, in the folders of a model cache.
fn models(python: &Path) -> Result<PathBuf> {
    let cache = paths::workshop()?.join("bench-models");
    let script = scripts().join("models.py");
    let stamp = Stamp::new(cache.with_extension("stamp"), std::slice::from_ref(&script))?;
    if !stamp.is_current() {
        say::note("making a network of full size with random weights");
        shell::run(Command::new(python).arg(&script).arg(cache.join("clip").join(MODEL)))?;
        stamp.write()?;
    }
    Ok(cache)
}

fn previews(files: &[PathBuf]) -> Result<Vec<Vec<u8>>> {
    files.iter().map(|file| fs::read(file).with_context(|| format!("read {}", file.display()))).collect()
}

fn scripts() -> PathBuf {
    paths::repository().join("crates/xtask/bench/ml")
}
