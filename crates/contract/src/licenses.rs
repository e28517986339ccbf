//! Licence keys, of users and of the installation.

use crate::time::Timestamp;
use model::licenses::License;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserLicense {
    pub activated_at: Timestamp,
    pub activation_key: String,
    #[schema(pattern = r"^IM(SV|CL)(-[\dA-Za-z]{4}){8}$")]
    pub license_key: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = LicenseKeyDto)]
pub struct LicenseKey {
    pub activation_key: String,
    #[schema(pattern = r"^IM(SV|CL)(-[\dA-Za-z]{4}){8}$")]
    pub license_key: String,
}

impl From<License> for UserLicense {
    fn from(license: License) -> Self {
        Self {
            activated_at: license.activated_at.into(),
            activation_key: license.activation_key,
            license_key: license.license_key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{Invalid, LICENSE_KEY_PATTERN, from_json};

    #[test]
    fn the_form_of_a_key_is_checked() {
        let read = |key: &str| {
            from_json::<LicenseKey>(
                serde_json::json!({ "licenseKey": key, "activationKey": "a" }).to_string().as_bytes(),
            )
        };
        let groups = "-ab12".repeat(8);
        assert!(read(&format!("IMCL{groups}")).is_ok() && read(&format!("IMSV{groups}")).is_ok());
        for bad in [format!("IMXX{groups}"), format!("IMCL{groups}-ab12"), "IMCL-äb12".to_owned(), String::new()] {
            let Err(Invalid::Issues(issues)) = read(&bad) else { panic!("{bad} is no key") };
            assert_eq!(issues[0].message, format!("Invalid string: must match pattern /{LICENSE_KEY_PATTERN}/"));
        }
    }
}
