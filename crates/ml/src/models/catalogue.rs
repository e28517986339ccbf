//! The models that there are, by the names that existing servers use, and where those that read writing come from.

use crate::runtime::ModelKey;
use ml_api::{Kind, Task};

/// Exported from OpenCLIP: pictures and texts.
const OPEN_CLIP: &[&str] = &[
    "RN101__openai",
    "RN101__yfcc15m",
    "RN50__cc12m",
    "RN50__openai",
    "RN50__yfcc15m",
    "RN50x16__openai",
    "RN50x4__openai",
    "RN50x64__openai",
    "ViT-B-16-SigLIP-256__webli",
    "ViT-B-16-SigLIP-384__webli",
    "ViT-B-16-SigLIP-512__webli",
    "ViT-B-16-SigLIP-i18n-256__webli",
    "ViT-B-16-SigLIP2__webli",
    "ViT-B-16-SigLIP__webli",
    "ViT-B-16-plus-240__laion400m_e31",
    "ViT-B-16-plus-240__laion400m_e32",
    "ViT-B-16__laion400m_e31",
    "ViT-B-16__laion400m_e32",
    "ViT-B-16__openai",
    "ViT-B-32-SigLIP2-256__webli",
    "ViT-B-32__laion2b-s34b-b79k",
    "ViT-B-32__laion2b_e16",
    "ViT-B-32__laion400m_e31",
    "ViT-B-32__laion400m_e32",
    "ViT-B-32__openai",
    "ViT-H-14-378-quickgelu__dfn5b",
    "ViT-H-14-quickgelu__dfn5b",
    "ViT-H-14__laion2b-s32b-b79k",
    "ViT-L-14-336__openai",
    "ViT-L-14-quickgelu__dfn2b",
    "ViT-L-14__laion2b-s32b-b82k",
    "ViT-L-14__laion400m_e31",
    "ViT-L-14__laion400m_e32",
    "ViT-L-14__openai",
    "ViT-L-16-SigLIP-256__webli",
    "ViT-L-16-SigLIP-384__webli",
    "ViT-L-16-SigLIP2-256__webli",
    "ViT-L-16-SigLIP2-384__webli",
    "ViT-L-16-SigLIP2-512__webli",
    "ViT-SO400M-14-SigLIP-384__webli",
    "ViT-SO400M-14-SigLIP2-378__webli",
    "ViT-SO400M-14-SigLIP2__webli",
    "ViT-SO400M-16-SigLIP2-256__webli",
    "ViT-SO400M-16-SigLIP2-384__webli",
    "ViT-SO400M-16-SigLIP2-512__webli",
    "ViT-g-14__laion2b-s12b-b42k",
    "ViT-gopt-16-SigLIP2-256__webli",
    "ViT-gopt-16-SigLIP2-384__webli",
    "XLM-Roberta-Base-ViT-B-32__laion5b_s13b_b90k",
    "XLM-Roberta-Large-ViT-H-14__frozen_laion5b_s13b_b90k",
    "nllb-clip-base-siglip__mrl",
    "nllb-clip-base-siglip__v1",
    "nllb-clip-large-siglip__mrl",
    "nllb-clip-large-siglip__v1",
];

/// Texts in many languages, beside the pictures of an OpenAI model.
const M_CLIP: &[&str] =
    &["LABSE-Vit-L-14", "XLM-Roberta-Large-Vit-B-16Plus", "XLM-Roberta-Large-Vit-B-32", "XLM-Roberta-Large-Vit-L-14"];

/// SCRFD finds the faces, ArcFace tells them apart.
const FACES: &[&str] = &["antelopev2", "buffalo_l", "buffalo_m", "buffalo_s"];

/// Name, file and SHA-256 of what reads a line of text. All find lines with one of two models.
#[rustfmt::skip]
const READERS: &[(&str, &str, &str)] = &[
    ("PP-OCRv5_mobile", "ch_PP-OCRv5_rec_mobile", "5825fc7ebf84ae7a412be049820b4d86d77620f204a041697b0494669b1742c5"),
    ("PP-OCRv5_server", "ch_PP-OCRv5_rec_server", "e09385400eaaaef34ceff54aeb7c4f0f1fe014c27fa8b9905d4709b65746562a"),
    ("CH__PP-OCRv5_mobile", "ch_PP-OCRv5_rec_mobile", "5825fc7ebf84ae7a412be049820b4d86d77620f204a041697b0494669b1742c5"),
    ("CH__PP-OCRv5_server", "ch_PP-OCRv5_rec_server", "e09385400eaaaef34ceff54aeb7c4f0f1fe014c27fa8b9905d4709b65746562a"),
    ("EL__PP-OCRv5_mobile", "el_PP-OCRv5_rec_mobile", "b4368bccd557123c702b7549fee6cd1e94b581337d1c9b65310f109131542b7f"),
    ("EN__PP-OCRv5_mobile", "en_PP-OCRv5_rec_mobile", "c3461add59bb4323ecba96a492ab75e06dda42467c9e3d0c18db5d1d21924be8"),
    ("ESLAV__PP-OCRv5_mobile", "eslav_PP-OCRv5_rec_mobile", "08705d6721849b1347d26187f15a5e362c431963a2a62bfff4feac578c489aab"),
    ("KOREAN__PP-OCRv5_mobile", "korean_PP-OCRv5_rec_mobile", "cd6e2ea50f6943ca7271eb8c56a877a5a90720b7047fe9c41a2e541a25773c9b"),
    ("LATIN__PP-OCRv5_mobile", "latin_PP-OCRv5_rec_mobile", "b20bd37c168a570f583afbc8cd7925603890efbcdc000a59e22c269d160b5f5a"),
    ("TH__PP-OCRv5_mobile", "th_PP-OCRv5_rec_mobile", "de541dd83161c241ff426f7ecfd602a0ba77d686cf3ab9a6c255ea82fd08006e"),
];

const FINDER_MOBILE: (&str, &str) =
    ("ch_PP-OCRv5_det_mobile", "4d97c44a20d30a81aad087d6a396b08f786c4635742afc391f6621f5c6ae78ae");
const FINDER_SERVER: (&str, &str) =
    ("ch_PP-OCRv5_det_server", "0f8846b1d4bba223a2a2f9d9b44022fbc22cc019051a602b41a7fda9667e4cad");

pub fn knows(key: &ModelKey) -> bool {
    let name = key.name.as_str();
    match (key.task, key.kind) {
        (Task::Clip, Kind::Visual | Kind::Textual) => OPEN_CLIP.contains(&name) || M_CLIP.contains(&name),
        (Task::FacialRecognition, Kind::Detection | Kind::Recognition) => FACES.contains(&name),
        (Task::Ocr, Kind::Detection | Kind::Recognition) => READERS.iter().any(|(reader, ..)| *reader == name),
        _ => false,
    }
}

/// Path below the hub's root, and SHA-256.
pub fn ocr_source(key: &ModelKey) -> Option<(String, &'static str)> {
    let (name, file, sha256) = READERS.iter().find(|(name, ..)| *name == key.name)?;
    let (folder, (file, sha256)) = match key.kind {
        Kind::Detection if name.ends_with("_server") => ("det", FINDER_SERVER),
        Kind::Detection => ("det", FINDER_MOBILE),
        _ => ("rec", (*file, *sha256)),
    };
    Some((format!("models/RapidAI/RapidOCR/resolve/v3.9.2/onnx/PP-OCRv5/{folder}/{file}.onnx"), sha256))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(task: Task, kind: Kind, name: &str) -> ModelKey {
        ModelKey::new(task, kind, name).unwrap()
    }

    #[test]
    fn the_known_models_are_those_of_existing_servers() {
        assert_eq!((OPEN_CLIP.len(), M_CLIP.len(), FACES.len(), READERS.len()), (54, 4, 4, 10));
        assert!(knows(&key(Task::Clip, Kind::Visual, "ViT-B-32::openai")));
        assert!(!knows(&key(Task::Clip, Kind::Detection, "ViT-B-32__openai")));
        assert!(!knows(&key(Task::Clip, Kind::Visual, "buffalo_l")));
    }

    #[test]
    fn lines_are_found_by_one_model_in_all_languages() {
        let source = |kind, name| ocr_source(&key(Task::Ocr, kind, name)).unwrap().0;
        assert_eq!(source(Kind::Detection, "EN__PP-OCRv5_mobile"), source(Kind::Detection, "PP-OCRv5_mobile"));
        assert!(source(Kind::Detection, "CH__PP-OCRv5_server").ends_with("det/ch_PP-OCRv5_det_server.onnx"));
        assert!(source(Kind::Recognition, "KOREAN__PP-OCRv5_mobile").ends_with("rec/korean_PP-OCRv5_rec_mobile.onnx"));
    }
}
