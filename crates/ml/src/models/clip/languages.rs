//! Languages by the names of the web page, and by those that NLLB models know (FLORES-200).

#[rustfmt::skip]
const FLORES: &[(&str, &str)] = &[
    ("af", "afr_Latn"), ("ar", "arb_Arab"), ("az", "azj_Latn"), ("be", "bel_Cyrl"), ("bg", "bul_Cyrl"),
    ("ca", "cat_Latn"), ("cs", "ces_Latn"), ("da", "dan_Latn"), ("de", "deu_Latn"), ("el", "ell_Grek"),
    ("en", "eng_Latn"), ("es", "spa_Latn"), ("et", "est_Latn"), ("fa", "pes_Arab"), ("fi", "fin_Latn"),
    ("fr", "fra_Latn"), ("he", "heb_Hebr"), ("hi", "hin_Deva"), ("hr", "hrv_Latn"), ("hu", "hun_Latn"),
    ("hy", "hye_Armn"), ("id", "ind_Latn"), ("it", "ita_Latn"), ("ja", "jpn_Hira"), ("kmr", "kmr_Latn"),
    ("ko", "kor_Hang"), ("lb", "ltz_Latn"), ("lt", "lit_Latn"), ("lv", "lav_Latn"), ("mfa", "zsm_Latn"),
    ("mk", "mkd_Cyrl"), ("mn", "khk_Cyrl"), ("mr", "mar_Deva"), ("ms", "zsm_Latn"), ("nb-NO", "nob_Latn"),
    ("nl", "nld_Latn"), ("nn", "nno_Latn"), ("pl", "pol_Latn"), ("pt", "por_Latn"), ("pt-BR", "por_Latn"),
    ("ro", "ron_Latn"), ("ru", "rus_Cyrl"), ("sk", "slk_Latn"), ("sl", "slv_Latn"), ("sr-Cyrl", "srp_Cyrl"),
    ("sv", "swe_Latn"), ("ta", "tam_Taml"), ("te", "tel_Telu"), ("th", "tha_Thai"), ("tr", "tur_Latn"),
    ("uk", "ukr_Cyrl"), ("ur", "urd_Arab"), ("vi", "vie_Latn"), ("zh-CN", "zho_Hans"), ("zh-Hans", "zho_Hans"),
    ("zh-TW", "zho_Hant"),
];

/// For languages that are in no list.
pub const ENGLISH: &str = "eng_Latn";

/// The code that stands before a text, of the language or else of the language without its country.
pub fn flores(language: &str) -> Option<&'static str> {
    let find = |wanted: &str| FLORES.iter().find(|(name, _)| *name == wanted).map(|(_, code)| *code);
    find(language).or_else(|| find(language.split('-').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_count_only_where_they_make_a_difference() {
        assert_eq!(flores("de"), Some("deu_Latn"));
        assert_eq!(flores("de-AT"), Some("deu_Latn"));
        assert_eq!(flores("zh-TW"), Some("zho_Hant"));
        assert_eq!(flores("tlh"), None);
    }
}
