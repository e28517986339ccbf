//! Models for tests: as small as they can be, with the inputs and outputs of the real ones, in folders as the model
//! service keeps its own. What they answer can be reckoned by hand.
//!
//! CLIP: a picture is the mean of its colours, a text the sum of the colours that its words name, both as directions.
//! Faces: a white square of 32 pixels is one, recognised by its mean colour. Text: white areas are lines, read as "a" if
//! they are white and as "b" if they are grey.

pub mod onnx;

use onnx::{
    Attribute::{Int, Ints},
    Axis::{self, Any, Of},
    FLOAT, Graph, INT32,
};
use std::{fs, path::Path};

pub const CLIP: &str = "ViT-B-32__openai";
/// The same, but it takes one at a time, as the published models do.
pub const CLIP_ONE_BY_ONE: &str = "ViT-B-16__openai";
/// Its embedding is the picture as the model is shown it, pixel by pixel, as a direction.
pub const CLIP_ECHO: &str = "RN50__openai";
pub const FACES: &str = "buffalo_s";
/// Its faces are tilted, and their embedding is what recognition is shown, each number the mean of 8 by 8 pixels.
pub const FACES_ECHO: &str = "buffalo_m";
pub const OCR: &str = "PP-OCRv5_mobile";
pub const SIZE: u64 = 32;
pub const CONTEXT: u64 = 8;

const WORDS: &[(&str, [f32; 3])] = &[
    ("<pad>", [0.0; 3]),
    ("<unk>", [0.0; 3]),
    ("green", [0.0, 1.0, 0.0]),
    ("forest", [0.0, 1.0, 0.0]),
    ("snow", [1.0, 1.0, 1.0]),
    ("blood", [1.0, 0.0, 0.0]),
];

/// Every model that there is, into the cache of a model service.
pub fn write_all(cache: &Path) {
    write_clip(&cache.join("clip").join(CLIP), Any("batch"));
    write_clip(&cache.join("clip").join(CLIP_ONE_BY_ONE), Of(1));
    write_clip_echo(&cache.join("clip").join(CLIP_ECHO));
    for (name, points, recognizer) in
        [(FACES, &UPRIGHT, face_recognizer()), (FACES_ECHO, &TILTED, face_recognizer_echo())]
    {
        let faces = cache.join("facial-recognition").join(name);
        write(&faces.join("detection/model.onnx"), face_detector(points));
        write(&faces.join("recognition/model.onnx"), recognizer);
    }
    let ocr = cache.join("ocr").join(OCR);
    write(&ocr.join("detection/model.onnx"), text_detector());
    write(&ocr.join("recognition/model.onnx"), text_recognizer());
}

pub fn write_clip(folder: &Path, batch: Axis) {
    for (file, content) in clip_files(batch) {
        write(&folder.join(file), content);
    }
}

/// As a hub has them.
pub fn clip_files(batch: Axis) -> Vec<(&'static str, Vec<u8>)> {
    let preprocessing = format!(
        r#"{{"size":[{SIZE},{SIZE}],"mode":"RGB","mean":[0,0,0],"std":[1,1,1],"interpolation":"bicubic","resize_mode":"shortest"}}"#
    );
    let config = format!(r#"{{"embed_dim":3,"text_cfg":{{"context_length":{CONTEXT}}}}}"#);
    let words: Vec<String> = WORDS.iter().enumerate().map(|(id, (word, _))| format!("{word:?}:{id}")).collect();
    let tokenizer = format!(
        r#"{{"version":"1.0","truncation":null,"padding":null,"added_tokens":[],"normalizer":{{"type":"Lowercase"}},"pre_tokenizer":{{"type":"Whitespace"}},"post_processor":null,"decoder":null,"model":{{"type":"WordLevel","vocab":{{{}}},"unk_token":"<unk>"}}}}"#,
        words.join(",")
    );
    vec![
        ("config.json", config.into_bytes()),
        ("visual/preprocess_cfg.json", preprocessing.into_bytes()),
        ("visual/model.onnx", clip_visual(batch)),
        ("textual/tokenizer.json", tokenizer.into_bytes()),
        ("textual/tokenizer_config.json", br#"{"pad_token":"<pad>"}"#.to_vec()),
        ("textual/model.onnx", clip_textual(batch)),
    ]
}

/// Small, so that a reference has few numbers; shown pictures as CLIP's own models are.
fn write_clip_echo(folder: &Path) {
    const SIDE: u64 = 16;
    let preprocessing = format!(
        r#"{{"size":[{SIDE},{SIDE}],"mode":"RGB","mean":[0.48145466,0.4578275,0.40821073],"std":[0.26862954,0.26130258,0.27577711],"interpolation":"bicubic","resize_mode":"shortest"}}"#
    );
    let mut graph = Graph::default();
    let image = graph.input("image", FLOAT, &[Any("batch"), Of(3), Of(SIDE), Of(SIDE)]);
    let flat = graph.node("Flatten", &[&image], &[]);
    let direction = direction(&mut graph, &flat);
    graph.output("embedding", &direction, &[Any("batch"), Of(3 * SIDE * SIDE)]);
    write(&folder.join("config.json"), format!(r#"{{"embed_dim":{}}}"#, 3 * SIDE * SIDE).into_bytes());
    write(&folder.join("visual/preprocess_cfg.json"), preprocessing.into_bytes());
    write(&folder.join("visual/model.onnx"), graph.finish());
}

fn clip_visual(batch: Axis) -> Vec<u8> {
    let mut graph = Graph::default();
    let image = graph.input("image", FLOAT, &[batch, Of(3), Of(SIZE), Of(SIZE)]);
    let mean = graph.node("ReduceMean", &[&image], &[("axes", Ints(vec![2, 3])), ("keepdims", Int(0))]);
    let direction = direction(&mut graph, &mean);
    graph.output("embedding", &direction, &[batch, Of(3)]);
    graph.finish()
}

fn clip_textual(batch: Axis) -> Vec<u8> {
    let mut graph = Graph::default();
    let text = graph.input("text", INT32, &[batch, Of(CONTEXT)]);
    let table: Vec<f32> = WORDS.iter().flat_map(|(_, color)| *color).collect();
    let table = graph.floats(&[WORDS.len() as u64, 3], &table);
    let colors = graph.node("Gather", &[&table, &text], &[]);
    let axes = graph.integers(&[1]);
    let sum = graph.node("ReduceSum", &[&colors, &axes], &[("keepdims", Int(0))]);
    let direction = direction(&mut graph, &sum);
    graph.output("embedding", &direction, &[batch, Of(3)]);
    graph.finish()
}

fn direction(graph: &mut Graph, numbers: &str) -> String {
    let length = graph.node("ReduceL2", &[numbers], &[("axes", Ints(vec![-1])), ("keepdims", Int(1))]);
    let least = graph.floats(&[1], &[1e-6]);
    let length = graph.node("Max", &[&length, &least], &[]);
    graph.node("Div", &[numbers, &length], &[])
}

/// Eyes, nose and mouth in parts of 32 pixels, right and below a cell's corner: ArcFace's own places, and others.
const UPRIGHT: [f32; 10] = [0.34, 0.46, 0.66, 0.46, 0.5, 0.64, 0.37, 0.82, 0.63, 0.82];
const TILTED: [f32; 10] = [0.25, 0.55, 0.55, 0.4, 0.47, 0.62, 0.38, 0.82, 0.62, 0.72];

/// Looks at every cell of 32 pixels; where it is white there is a face, 32 pixels around the cell's corner.
fn face_detector(points: &[f32; 10]) -> Vec<u8> {
    let mut graph = Graph::default();
    let image = graph.input("input.1", FLOAT, &[Of(1), Of(3), Of(640), Of(640)]);
    let cells =
        graph.node("AveragePool", &[&image], &[("kernel_shape", Ints(vec![32, 32])), ("strides", Ints(vec![32, 32]))]);
    let brightness = graph.node("ReduceMean", &[&cells], &[("axes", Ints(vec![1])), ("keepdims", Int(0))]);
    let bright = graph.node("Relu", &[&brightness], &[]);
    let column = graph.integers(&[400, 1]);
    let bright = graph.node("Reshape", &[&bright, &column], &[]);
    // The second guess of a cell is always no.
    let zero = graph.floats(&[1], &[0.0]);
    let nothing = graph.node("Mul", &[&bright, &zero], &[]);
    let pairs = graph.node("Concat", &[&bright, &nothing], &[("axis", Int(1))]);
    let flat = graph.integers(&[800, 1]);
    let coarse = graph.node("Reshape", &[&pairs, &flat], &[]);
    let counts = [12_800_usize, 3_200, 800];
    for (index, count) in counts.into_iter().enumerate() {
        let scores = if count == 800 { coarse.clone() } else { graph.floats(&[count as u64, 1], &vec![0.0; count]) };
        graph.output(&format!("score_{index}"), &scores, &[Of(count as u64), Of(1)]);
    }
    for (name, numbers) in [("box", &[1.0_f32; 4][..]), ("points", &points[..])] {
        for (index, count) in counts.into_iter().enumerate() {
            let width = numbers.len() as u64;
            let rows: Vec<f32> = numbers.iter().copied().cycle().take(count * numbers.len()).collect();
            let rows = graph.floats(&[count as u64, width], &rows);
            graph.output(&format!("{name}_{index}"), &rows, &[Of(count as u64), Of(width)]);
        }
    }
    graph.finish()
}

fn face_recognizer() -> Vec<u8> {
    let mut graph = Graph::default();
    let faces = graph.input("input.1", FLOAT, &[Any("batch"), Of(3), Of(112), Of(112)]);
    let mean = graph.node("ReduceMean", &[&faces], &[("axes", Ints(vec![2, 3])), ("keepdims", Int(0))]);
    graph.output("683", &mean, &[Any("batch"), Of(3)]);
    graph.finish()
}

fn face_recognizer_echo() -> Vec<u8> {
    let mut graph = Graph::default();
    let faces = graph.input("input.1", FLOAT, &[Any("batch"), Of(3), Of(112), Of(112)]);
    let coarse =
        graph.node("AveragePool", &[&faces], &[("kernel_shape", Ints(vec![8, 8])), ("strides", Ints(vec![8, 8]))]);
    let flat = graph.node("Flatten", &[&coarse], &[]);
    graph.output("683", &flat, &[Any("batch"), Of(3 * 14 * 14)]);
    graph.finish()
}

fn text_detector() -> Vec<u8> {
    let mut graph = Graph::default();
    let image = graph.input("x", FLOAT, &[Any("batch"), Of(3), Any("height"), Any("width")]);
    let brightness = graph.node("ReduceMean", &[&image], &[("axes", Ints(vec![1])), ("keepdims", Int(1))]);
    let scale = graph.floats(&[1], &[0.45]);
    let likelihood = graph.node("Mul", &[&brightness, &scale], &[]);
    graph.output("map", &likelihood, &[Any("batch"), Of(1), Any("height"), Any("width")]);
    graph.finish()
}

/// Of the beginning of each line: the letter whose brightness is nearest.
fn text_recognizer() -> Vec<u8> {
    let mut graph = Graph::default();
    let lines = graph.input("x", FLOAT, &[Any("batch"), Of(3), Of(48), Any("width")]);
    let start = graph.integers(&[0]);
    let end = graph.integers(&[64]);
    let axis = graph.integers(&[3]);
    let left = graph.node("Slice", &[&lines, &start, &end, &axis], &[]);
    let brightness = graph.node("ReduceMean", &[&left], &[("axes", Ints(vec![1, 2, 3])), ("keepdims", Int(0))]);
    let shape = graph.integers(&[-1, 1, 1]);
    let brightness = graph.node("Reshape", &[&brightness, &shape], &[]);
    let letters = graph.floats(&[1, 1, 4], &[-1.0, -0.3, -0.6, 9.0]);
    let distance = graph.node("Sub", &[&brightness, &letters], &[]);
    let distance = graph.node("Mul", &[&distance, &distance], &[]);
    let scale = graph.floats(&[1], &[-100.0]);
    let likelihood = graph.node("Mul", &[&distance, &scale], &[]);
    let likelihood = graph.node("Softmax", &[&likelihood], &[("axis", Int(-1))]);
    graph.output("letters", &likelihood, &[Any("batch"), Of(1), Of(4)]);
    graph.metadata("character", "a\nb");
    graph.finish()
}

pub fn write(file: &Path, content: Vec<u8>) {
    let folder = file.parent().expect("a file is in a folder");
    fs::create_dir_all(folder).expect("make a folder for a model");
    fs::write(file, content).expect("write a model");
}
