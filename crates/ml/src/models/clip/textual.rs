//! Texts.

use super::{
    embedding, languages,
    tokenizer::{TextTokenizer, Tokens},
};
use crate::{
    runtime::{Batching, Folder, Model, Runs, Session, Tensor},
    settings,
};
use anyhow::bail;
use ml_api::{Kind, Task};

pub struct Textual {
    session: Session,
    tokenizer: TextTokenizer,
    /// Trained with the language's code before the text.
    is_nllb: bool,
}

impl Model for Textual {
    const TASK: Task = Task::Clip;
    const KIND: Kind = Kind::Textual;

    fn runs(settings: &settings::Runtime) -> Runs {
        Runs { batching: Batching::UpTo(settings.max_batch_size_clip), is_urgent: true }
    }

    fn load(session: Session, folder: &Folder, _: &settings::Runtime) -> anyhow::Result<Self> {
        let is_nllb = session.name.starts_with("nllb");
        Ok(Self { session, tokenizer: TextTokenizer::load(folder)?, is_nllb })
    }
}

impl Textual {
    /// Takes up to milliseconds, so not for the async threads.
    pub fn prepare(&self, text: &str, language: Option<&str>) -> anyhow::Result<Vec<Tensor>> {
        let language = language.filter(|_| self.is_nllb);
        let before = language.map_or("", |language| languages::flores(language).unwrap_or(languages::ENGLISH));
        self.inputs(&self.tokenizer.tokenize(before, text)?)
    }

    pub async fn embed(&self, prepared: Vec<Tensor>) -> anyhow::Result<Vec<f32>> {
        embedding(self.session.run(prepared).await?)
    }

    /// OpenCLIP's models take the tokens, M-CLIP's also where they end.
    fn inputs(&self, tokens: &Tokens) -> anyhow::Result<Vec<Tensor>> {
        let mut inputs = Vec::new();
        for port in &self.session.inputs {
            let numbers = match port.name.as_str() {
                "text" | "input_ids" => &tokens.ids,
                "attention_mask" => &tokens.mask,
                other => bail!("the model wants {other:?}, which is no part of a text"),
            };
            inputs.push(Tensor::row_of_integers(numbers, port.element)?);
        }
        Ok(inputs)
    }
}
