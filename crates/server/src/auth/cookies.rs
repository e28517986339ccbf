//! The three cookies that the mobile app lives by, and their end.

use axum_extra::extract::cookie::{Cookie, SameSite};

pub const ACCESS_TOKEN: &str = "immich_access_token";
pub const AUTH_TYPE: &str = "immich_auth_type";
pub const IS_AUTHENTICATED: &str = "immich_is_authenticated";
/// Browsers keep a cookie for at most 400 days.
const MAX_AGE_DAYS: i64 = 400;

/// The cookies of a fresh session. `secure` when the request came over https.
pub fn signed_in(access_token: &str, auth_type: &str, secure: bool) -> [Cookie<'static>; 3] {
    [
        cookie(ACCESS_TOKEN, access_token, secure, true),
        cookie(AUTH_TYPE, auth_type, secure, true),
        // Read by the web page to know whether to ask for the user at all.
        cookie(IS_AUTHENTICATED, "true", secure, false),
    ]
}

/// The same cookies, expired.
pub fn signed_out() -> [Cookie<'static>; 3] {
    [ACCESS_TOKEN, AUTH_TYPE, IS_AUTHENTICATED].map(|name| {
        let mut cookie = cookie(name, "", false, name != IS_AUTHENTICATED);
        cookie.make_removal();
        cookie
    })
}

fn cookie(name: &'static str, value: &str, secure: bool, http_only: bool) -> Cookie<'static> {
    Cookie::build((name, value.to_owned()))
        .path("/")
        .same_site(SameSite::Lax)
        .http_only(http_only)
        .secure(secure)
        .max_age(time::Duration::days(MAX_AGE_DAYS))
        .build()
}
