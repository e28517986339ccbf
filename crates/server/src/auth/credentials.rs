//! Where a request may carry its credential, in the order in which clients expect them to count.

use axum::http::{HeaderMap, header, request::Parts};
use axum_extra::extract::CookieJar;
use domain::App;
use model::{auth::Credential, sessions::Device};
use std::net::{IpAddr, SocketAddr};

/// The first credential present, and only that one: a wrong token is not saved by a good key behind it.
pub fn credential(parts: &Parts) -> Option<Credential> {
    let query = |name: &str| query_value(parts.uri.query().unwrap_or_default(), name);
    let header = |name: &str| header_value(&parts.headers, name);
    if let Some(key) = header("x-immich-share-key").or_else(|| query("key")) {
        return Some(Credential::SharedLinkKey(key));
    }
    if let Some(slug) = header("x-immich-share-slug").or_else(|| query("slug")) {
        return Some(Credential::SharedLinkSlug(slug));
    }
    let session = header("x-immich-user-token")
        .or_else(|| header("x-immich-session-token"))
        .or_else(|| query("sessionKey"))
        .or_else(|| bearer(&parts.headers))
        .or_else(|| {
            let jar = CookieJar::from_headers(&parts.headers);
            jar.get(super::cookies::ACCESS_TOKEN).map(|cookie| cookie.value().to_owned())
        });
    if let Some(token) = session {
        return Some(Credential::SessionToken(token));
    }
    header("x-api-key").or_else(|| query("apiKey")).map(Credential::ApiKey)
}

/// What the headers say of the device.
pub fn device(headers: &HeaderMap) -> Device {
    let user_agent = header_value(headers, header::USER_AGENT.as_str()).unwrap_or_default();
    domain::sessions::device(
        &user_agent,
        header_value(headers, "devicetype").as_deref(),
        header_value(headers, "devicemodel").as_deref(),
    )
}

/// The address a request came from and whether it came over https; a proxy is believed when it is a trusted one.
pub fn client(app: &App, headers: &HeaderMap, peer: SocketAddr) -> (IpAddr, bool) {
    let peer = peer.ip().to_canonical();
    if !is_trusted(&app.env.server.trusted_proxies, peer) {
        return (peer, false);
    }
    let secure = header_value(headers, "x-forwarded-proto").is_some_and(|proto| proto.trim().starts_with("https"));
    // The last address that is not itself a trusted proxy: everything before it is only claimed.
    let forwarded = header_value(headers, "x-forwarded-for").unwrap_or_default();
    let address = forwarded
        .rsplit(',')
        .filter_map(|address| address.trim().parse::<IpAddr>().ok())
        .find(|address| !is_trusted(&app.env.server.trusted_proxies, *address));
    (address.unwrap_or(peer), secure)
}

/// Loopback, link-local and private networks by default, as containers behind a proxy have them.
fn is_trusted(networks: &[String], address: IpAddr) -> bool {
    if address.is_loopback() {
        return true;
    }
    if networks.is_empty() {
        return match address {
            IpAddr::V4(v4) => v4.is_private() || v4.is_link_local(),
            IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
        };
    }
    networks.iter().any(|network| contains(network, address))
}

/// Whether `network` (an address, or address/prefix) holds the address.
fn contains(network: &str, address: IpAddr) -> bool {
    let (base, prefix) = network.split_once('/').unwrap_or((network, ""));
    let Ok(base) = base.parse::<IpAddr>() else { return false };
    match (base, address) {
        (IpAddr::V4(base), IpAddr::V4(address)) => {
            let bits: u32 = prefix.parse().unwrap_or(32).min(32);
            let shift = 32 - bits;
            base.to_bits().checked_shr(shift).unwrap_or(0) == address.to_bits().checked_shr(shift).unwrap_or(0)
        }
        (IpAddr::V6(base), IpAddr::V6(address)) => {
            let bits: u32 = prefix.parse().unwrap_or(128).min(128);
            let shift = 128 - bits;
            base.to_bits().checked_shr(shift).unwrap_or(0) == address.to_bits().checked_shr(shift).unwrap_or(0)
        }
        _ => false,
    }
}

fn header_value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().filter(|value| !value.is_empty()).map(str::to_owned)
}

/// Only the scheme `Bearer` is a token: proxies with basic authentication send their own header beside our cookie.
fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = header_value(headers, header::AUTHORIZATION.as_str())?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

fn query_value(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, value)| key == name && !value.is_empty())
        .map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn credential_of(request: axum::http::request::Builder) -> Option<Credential> {
        credential(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_first_present_wins() {
        let request =
            Request::get("/?sessionKey=query").header("x-api-key", "key").header("cookie", "immich_access_token=c");
        assert_eq!(credential_of(request), Some(Credential::SessionToken("query".to_owned())));
        let request = Request::get("/?key=link").header("x-immich-user-token", "token");
        assert_eq!(credential_of(request), Some(Credential::SharedLinkKey("link".to_owned())));
    }

    #[test]
    fn basic_authentication_is_not_a_token() {
        let request = Request::get("/").header("authorization", "Basic abc").header("cookie", "immich_access_token=c");
        assert_eq!(credential_of(request), Some(Credential::SessionToken("c".to_owned())));
        assert_eq!(credential_of(Request::get("/").header("authorization", "Basic abc")), None);
    }

    #[test]
    fn networks_contain_addresses() {
        assert!(contains("10.0.0.0/8", "10.2.3.4".parse().unwrap()));
        assert!(!contains("10.0.0.0/8", "11.2.3.4".parse().unwrap()));
        assert!(contains("0.0.0.0/0", "8.8.8.8".parse().unwrap()));
        assert!(contains("fd00::/8", "fd12::1".parse().unwrap()));
        assert!(!contains("nonsense", "10.2.3.4".parse().unwrap()));
    }
}
