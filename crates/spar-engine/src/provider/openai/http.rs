//! The HTTP client: addresses, keys, certificates, proxies.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, ClientBuilder, Url, redirect};
use secrecy::{ExposeSecret, SecretString};

use super::OpenAiConfig;
use crate::provider::ProviderError;
use crate::provider::safe_text::safe_line;

/// Idle connections kept per server: more than turns are ever in flight, or reconnecting would show
/// in the measured latencies.
const IDLE_CONNECTIONS: usize = 256;

/// Reads a base URL the way people write it: with or without a slash at the end, with the path of
/// the endpoint left on, or with no path at all.
pub(super) fn base_url(text: &str) -> Result<Url, ProviderError> {
    let text = text.trim();
    let refuse = |reason: &str| {
        ProviderError::Config(format!(
            "base URL `{}` {reason}; it should look like http://127.0.0.1:8080/v1",
            safe_line(without_credentials(text), None)
        ))
    };
    if !(text.starts_with("http://") || text.starts_with("https://")) {
        return Err(refuse("does not begin with http:// or https://"));
    }
    let mut url = Url::parse(text).map_err(|error| refuse(&format!("is no address ({error})")))?;
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix("/chat/completions").unwrap_or(path);
    let path = if path.is_empty() { "/v1" } else { path }.to_owned();
    url.set_path(&path);
    Ok(url)
}

/// The address of an endpoint under the base URL.
pub(super) fn endpoint(base_url: &Url, name: &str) -> Url {
    let mut url = base_url.clone();
    url.set_path(&format!("{}/{name}", base_url.path()));
    url
}

/// The address as errors and logs show it.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for addresses that cannot have credentials.
    let _no_name = url.set_username("");
    let _no_password = url.set_password(None);
    url.to_string()
}

/// Refuses a key that cannot be a header, without repeating it.
pub(super) fn check_key(key: Option<&SecretString>) -> Result<(), ProviderError> {
    key.map_or(Ok(()), |key| bearer(key).map(|_| ()))
}

/// Builds the client. For plain HTTP no certificate is read at all.
pub(super) fn client(config: &OpenAiConfig, base_url: &Url) -> Result<Client, ProviderError> {
    // Another part of the program may have installed one already, which serves as well.
    let _installed = rustls::crypto::ring::default_provider().install_default();

    if base_url.scheme() == "http" {
        return builder(config, base_url)?.tls_certs_only([]).build().map_err(unusable);
    }
    match builder(config, base_url)?.build() {
        Ok(client) => Ok(client),
        // No certificates on this machine, as in many containers: ours do.
        Err(_) => {
            let bundled = webpki_root_certs::TLS_SERVER_ROOT_CERTS
                .iter()
                .filter_map(|certificate| reqwest::Certificate::from_der(certificate).ok());
            builder(config, base_url)?.tls_certs_only(bundled).build().map_err(unusable)
        }
    }
}

/// The innermost reason of a failed request, which is the one that helps: "Connection refused", not
/// "error sending request".
pub(super) fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn builder(config: &OpenAiConfig, base_url: &Url) -> Result<ClientBuilder, ProviderError> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream, application/json"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(key) = &config.api_key {
        headers.insert(AUTHORIZATION, bearer(key)?);
    }
    let builder = Client::builder()
        .default_headers(headers)
        .user_agent(concat!("spar/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(config.limits.connect)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .pool_idle_timeout(Duration::from_secs(90))
        .tcp_nodelay(true)
        // A redirected POST is a mistyped address; following it would send the prompt elsewhere.
        .redirect(redirect::Policy::none());
    // A proxy cannot reach this machine's own loopback.
    Ok(if is_loopback(base_url) { builder.no_proxy() } else { builder })
}

fn bearer(key: &SecretString) -> Result<HeaderValue, ProviderError> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret().trim()))
        .map_err(|_| {
            ProviderError::Config(
                "the API key contains characters that cannot be sent; look for a line break or a quote in it"
                    .to_owned(),
            )
        })?;
    value.set_sensitive(true);
    Ok(value)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Drops `user:password@` from something that may not even be an address.
fn without_credentials(text: &str) -> &str {
    text.rsplit_once('@').map_or(text, |(_, host)| host)
}

fn unusable(error: reqwest::Error) -> ProviderError {
    ProviderError::Config(format!("cannot set up HTTP: {}", reason(&error.without_url())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::RoleModels;

    fn read(text: &str) -> String {
        base_url(text).map_or_else(|error| error.to_string(), |url| url.to_string())
    }

    #[test]
    fn base_urls_are_read_as_people_write_them() {
        assert_eq!(read("http://localhost:11434"), "http://localhost:11434/v1");
        assert_eq!(read(" http://localhost:11434/ "), "http://localhost:11434/v1");
        assert_eq!(read("https://openrouter.ai/api/v1/"), "https://openrouter.ai/api/v1");
        assert_eq!(read("http://h/v1/chat/completions"), "http://h/v1");
        let url = base_url("http://h/v1").expect("an address");
        assert_eq!(endpoint(&url, "chat/completions").as_str(), "http://h/v1/chat/completions");
    }

    #[test]
    fn what_is_no_address_is_refused_without_its_password() {
        assert_eq!(
            read("localhost:8080/v1"),
            "base URL `localhost:8080/v1` does not begin with http:// or https://; it should look like http://127.0.0.1:8080/v1"
        );
        let refused = read("ftp://me:secret@host/v1");
        assert!(refused.contains("`host/v1`") && !refused.contains("secret"), "{refused}");
        assert!(read("http://").contains("is no address"));
    }

    #[test]
    fn shown_addresses_have_no_credentials() {
        let url = base_url("http://me:secret@host:1/v1").expect("an address");
        assert_eq!(shown(&url), "http://host:1/v1");
        let config = OpenAiConfig {
            api_key: Some(SecretString::from("topsecret")),
            ..OpenAiConfig::new("http://me:secret@host:1/v1", RoleModels::single("m"))
        };
        let debug = format!("{config:?}");
        assert!(!debug.contains("secret"), "{debug}");
    }

    #[test]
    fn loopback_is_known_in_all_its_spellings() {
        for text in
            ["http://localhost:1", "http://127.0.0.9", "http://[::1]:80/v1", "http://a.localhost"]
        {
            assert!(is_loopback(&base_url(text).expect("an address")), "{text}");
        }
        assert!(!is_loopback(&base_url("https://api.openai.com").expect("an address")));
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_refused_without_being_repeated() {
        let key = SecretString::from("abc\ndef");
        let error = check_key(Some(&key)).expect_err("a line break inside").to_string();
        assert!(error.contains("API key") && !error.contains("abc"), "{error}");
        let padded = SecretString::from("abc\n");
        assert_eq!(check_key(Some(&padded)), Ok(()), "a line break from a file is harmless");
    }
}
