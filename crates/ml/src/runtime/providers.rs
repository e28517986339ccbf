//! On what models run. The operator's word is obeyed or the model fails: nothing falls back to the processor unseen.

use crate::settings;
use anyhow::{Context, bail};
use ort::ep::{self, ExecutionProvider as _, ExecutionProviderDispatch};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    Cpu,
    Cuda,
    TensorRt,
    OpenVino,
    MiGraphX,
    Rocm,
    CoreMl,
}

const NAMES: &[(&str, Provider)] = &[
    ("cpu", Provider::Cpu),
    ("cuda", Provider::Cuda),
    ("tensorrt", Provider::TensorRt),
    ("openvino", Provider::OpenVino),
    ("migraphx", Provider::MiGraphX),
    ("rocm", Provider::Rocm),
    ("coreml", Provider::CoreMl),
];

/// What `auto` looks for, best first. TensorRT is not among them: it compiles for minutes before its first answer.
const AUTOMATIC: &[Provider] = &[Provider::Cuda, Provider::MiGraphX, Provider::OpenVino, Provider::CoreMl];

/// Whether the operator's word is one of ours.
pub fn check(word: &str) -> anyhow::Result<()> {
    named(word).map(|_| ())
}

/// None: choose.
fn named(word: &str) -> anyhow::Result<Option<Provider>> {
    let word = word.to_ascii_lowercase();
    if word == "auto" {
        return Ok(None);
    }
    match NAMES.iter().find(|(name, _)| *name == word) {
        Some((_, provider)) => Ok(Some(*provider)),
        None => {
            let names: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
            bail!("MACHINE_LEARNING_PROVIDER={word} is none of auto, {}", names.join(", "))
        }
    }
}

impl Provider {
    /// After the library was loaded, which knows what it was built with.
    pub fn choose(word: &str) -> anyhow::Result<Self> {
        if let Some(provider) = named(word)? {
            if !provider.is_in_library()? {
                bail!("MACHINE_LEARNING_PROVIDER={word}, but this library of ONNX Runtime was built without it");
            }
            return Ok(provider);
        }
        for provider in AUTOMATIC {
            if provider.is_in_library()? {
                return Ok(*provider);
            }
        }
        Ok(Self::Cpu)
    }

    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(_, provider)| *provider == self).map_or("cpu", |(name, _)| name)
    }

    fn is_in_library(self) -> anyhow::Result<bool> {
        let available = match self {
            Self::Cpu => return Ok(true),
            Self::Cuda => ep::CUDA::is_available(),
            Self::TensorRt => ep::TensorRT::is_available(),
            Self::OpenVino => ep::OpenVINO::is_available(),
            Self::MiGraphX => ep::MIGraphX::is_available(),
            Self::Rocm => ep::ROCm::is_available(),
            Self::CoreMl => ep::CoreML::is_available(),
        };
        available.context("ask ONNX Runtime what it was built with")
    }

    /// The processor comes last: operations that the card does not know run there, as everywhere.
    pub fn dispatches(self, settings: &settings::Runtime) -> Vec<ExecutionProviderDispatch> {
        let device: i32 = settings.device_ids.split(',').next().and_then(|id| id.trim().parse().ok()).unwrap_or(0);
        let chosen = match self {
            Self::Cpu => None,
            Self::Cuda => Some(ep::CUDA::default().with_device_id(device).build()),
            Self::TensorRt => Some(ep::TensorRT::default().with_device_id(device).build()),
            Self::OpenVino => {
                let device = format!("GPU.{device}");
                Some(
                    ep::OpenVINO::default()
                        .with_device_type(device)
                        .with_precision(&settings.openvino_precision)
                        .build(),
                )
            }
            Self::MiGraphX => {
                let is_half = settings.rocm_precision.eq_ignore_ascii_case("FP16");
                Some(ep::MIGraphX::default().with_device_id(device).with_fp16(is_half).build())
            }
            Self::Rocm => Some(ep::ROCm::default().with_device_id(device).build()),
            Self::CoreMl => Some(ep::CoreML::default().build()),
        };
        let processor = ep::CPU::default().with_arena_allocator(settings.model_arena).build();
        chosen.into_iter().chain([processor]).map(ExecutionProviderDispatch::error_on_failure).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_provider_has_a_name_and_no_other_word_is_taken() {
        for (name, provider) in NAMES {
            assert_eq!(named(&name.to_uppercase()).unwrap(), Some(*provider));
            assert_eq!(provider.name(), *name);
        }
        assert_eq!(named("auto").unwrap(), None);
        assert!(named("quantum").unwrap_err().to_string().contains("openvino"));
    }
}
