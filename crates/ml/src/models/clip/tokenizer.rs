//! From a text to a fixed number of tokens.

use super::read_json;
use crate::runtime::{Damaged, Folder};
use anyhow::{Context, anyhow};
use serde::Deserialize;
use tokenizers::{PaddingDirection, PaddingParams, PaddingStrategy, Tokenizer, TruncationParams};

const USUAL_CONTEXT: usize = 77;
/// More characters than any token has: what comes after the context's share of them is not looked at.
const LONGEST_TOKEN: usize = 1024;

pub struct TextTokenizer {
    tokenizer: Tokenizer,
    /// In tokens.
    context: usize,
    /// Some models were trained on texts without punctuation.
    canonicalizes: bool,
}

pub struct Tokens {
    pub ids: Vec<u32>,
    /// 1 where there is text, 0 where there is only padding.
    pub mask: Vec<u32>,
}

/// `config.json` and `tokenizer_config.json`, as far as they matter here.
#[derive(Deserialize)]
struct ModelConfig {
    #[serde(default)]
    text_cfg: Option<TextConfig>,
}

#[derive(Deserialize)]
struct TextConfig {
    context_length: Option<usize>,
    tokenizer_kwargs: Option<TokenizerKeywords>,
}

#[derive(Deserialize)]
struct TokenizerKeywords {
    clean: Option<String>,
}

#[derive(Deserialize)]
struct TokenizerConfig {
    pad_token: Option<PadToken>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PadToken {
    Text(String),
    Token { content: String },
}

impl TextTokenizer {
    pub fn load(folder: &Folder) -> anyhow::Result<Self> {
        let model: ModelConfig = read_json(&folder.base().join("config.json"))?;
        let config: TokenizerConfig = read_json(&folder.part().join("tokenizer_config.json"))?;
        let file = folder.part().join("tokenizer.json");
        let mut tokenizer = Tokenizer::from_file(&file)
            .map_err(|error| anyhow!("{error}"))
            .with_context(|| format!("read {}", file.display()))
            .context(Damaged)?;
        let text = model.text_cfg;
        let length = text.as_ref().and_then(|text| text.context_length).unwrap_or(USUAL_CONTEXT);
        let pad_token = match config.pad_token {
            Some(PadToken::Text(content) | PadToken::Token { content }) => content,
            None => "<pad>".to_owned(),
        };
        let pad_id = tokenizer.token_to_id(&pad_token).with_context(|| format!("it has no token {pad_token:?}"))?;
        tokenizer.with_padding(Some(PaddingParams {
            strategy: PaddingStrategy::Fixed(length),
            direction: PaddingDirection::Right,
            pad_id,
            pad_token,
            ..PaddingParams::default()
        }));
        let truncation = TruncationParams { max_length: length, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(|error| anyhow!("{error}"))?;
        let clean = text.and_then(|text| text.tokenizer_kwargs).and_then(|keywords| keywords.clean);
        Ok(Self { tokenizer, context: length, canonicalizes: clean.is_some_and(|clean| clean == "canonicalize") })
    }

    /// What stands before the text is not cleaned.
    pub fn tokenize(&self, before: &str, text: &str) -> anyhow::Result<Tokens> {
        let text = if self.canonicalizes { canonical(text) } else { collapse(text) };
        let end = text.char_indices().nth(self.context * LONGEST_TOKEN).map_or(text.len(), |(index, _)| index);
        let text = format!("{before}{}", &text[..end]);
        let encoding = self.tokenizer.encode(text, true).map_err(|error| anyhow!("{error}")).context("cut the text")?;
        Ok(Tokens { ids: encoding.get_ids().to_vec(), mask: encoding.get_attention_mask().to_vec() })
    }
}

/// One space wherever there is some.
fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same without ASCII punctuation and in lower case. In this order: where a lone comma stood there are two spaces, as
/// in the reference.
fn canonical(text: &str) -> String {
    let letters: String = collapse(text).chars().filter(|c| !c.is_ascii_punctuation()).collect();
    letters.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cleaned_as_the_models_were_trained() {
        assert_eq!(collapse("  A\tphoto \n of\u{a0}Zoë's cat. "), "A photo of Zoë's cat.");
        assert_eq!(canonical("  A photo, of: Zoë's  CAT!"), "a photo of zoës cat");
    }
}
