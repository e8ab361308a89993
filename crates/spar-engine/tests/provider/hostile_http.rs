//! What goes wrong before there is a stream: no network, no key, no model, no patience.

use std::io::Write;
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use serde_json::json;
use spar_core::units::Timestamp;
use spar_engine::clock::Clock;
use spar_engine::provider::{OpenAiConfig, OpenAiProvider, ProviderError, RoleModels};

use crate::ask::{Asked, KEY, answer, ask, ask_server, ask_with, config, provider, request};
use crate::hostile_server::{HostileServer, Reply};

async fn status(status: &str, body: &str) -> Asked {
    ask_server([Reply::status(status, "", body)]).await
}

async fn ask_at(url: &str) -> ProviderError {
    let mut config = config(url);
    config.limits.connect = Duration::from_secs(5);
    ask(&provider(config), &request()).await.1.expect_err("nobody is there")
}

/// The https address of something that answers every connection in plain text.
fn no_tls() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The client may be gone before it is told.
            let _told = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    format!("https://{address}/v1")
}

#[tokio::test]
async fn refused_connection() {
    let port =
        TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("bound").port();
    let error = ask_at(&format!("http://127.0.0.1:{port}/v1")).await;
    assert!(
        matches!(&error, ProviderError::Connect { reason, .. } if reason.contains("refused")),
        "{error}"
    );
    assert!(error.is_transient());
}

/// Without a proxy: with one, the name would be the proxy's to resolve.
#[test]
fn unknown_host() {
    let proxies =
        ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    let without_proxies = |command: &mut Command| {
        for name in proxies {
            command.env_remove(name);
        }
    };
    in_environment("hostile_http::unknown_host", without_proxies, async {
        let error = ask_at("http://spar-test.invalid/v1").await;
        let expected = "http://spar-test.invalid/v1";
        assert!(matches!(&error, ProviderError::Connect { url, .. } if url == expected), "{error}");
    });
}

#[tokio::test]
async fn tls_where_there_is_none() {
    let error = ask_at(&no_tls()).await;
    assert!(matches!(error, ProviderError::Connect { .. }), "{error}");
}

#[tokio::test]
async fn no_key() {
    let body = json!({"error": {"message": "You didn't provide an API key."}}).to_string();
    let asked = ask_with([Reply::status("401 Unauthorized", "", &body)], request(), |config| {
        config.api_key = None;
    })
    .await;
    assert_eq!(asked.requests, 1);
    let error = asked.error().to_string();
    assert!(
        error.ends_with("You didn't provide an API key. (no key was sent; set OPENAI_API_KEY)"),
        "{error}"
    );
}

#[tokio::test]
async fn wrong_key_is_not_repeated() {
    let body = json!({"error": {"message": format!("Incorrect API key provided: {KEY} or sk-te***cdef.\u{7}")}});
    let asked = status("401 Unauthorized", &body.to_string()).await;
    assert_eq!(asked.requests, 1);
    assert!(
        matches!(asked.error(), ProviderError::Unauthorized { message, .. } if message.starts_with("Incorrect API key provided: [key] or [key]"))
    );
}

#[tokio::test]
async fn the_key_is_sent_as_a_bearer_token() {
    let server = HostileServer::start([Reply::stream(answer("x"))]);
    ask(&provider(config(&server.url())), &request()).await.1.expect("an answer");
    let head = server.requests()[0].head.to_lowercase();
    assert!(head.contains(&format!("authorization: bearer {KEY}")), "{head}");
    assert!(
        head.contains("accept: text/event-stream")
            && head.starts_with("post /v1/chat/completions "),
        "{head}"
    );
}

#[tokio::test]
async fn forbidden() {
    let asked = status("403 Forbidden", "region not supported").await;
    assert!(
        matches!(asked.error(), ProviderError::Unauthorized { message, .. } if message == "region not supported")
    );
}

#[tokio::test]
async fn bad_request_is_final() {
    let asked = status(
        "400 Bad Request",
        r#"{"error":{"message":"maximum context length is 4096 tokens"}}"#,
    )
    .await;
    assert_eq!(asked.requests, 1);
    assert!(
        matches!(asked.error(), ProviderError::Server { status: 400, message, .. } if message == "maximum context length is 4096 tokens")
    );
}

#[tokio::test]
async fn unknown_model() {
    for (line, body) in [
        (
            "404 Not Found",
            r#"{"error":{"message":"model \"tiny\" not found, try pulling it first"}}"#,
        ),
        ("400 Bad Request", r#"{"error":{"message":"no such thing","code":"model_not_found"}}"#),
    ] {
        let asked = status(line, body).await;
        assert_eq!(asked.requests, 1);
        assert!(
            matches!(asked.error(), ProviderError::UnknownModel { model, .. } if model == "tiny"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn wrong_path() {
    let error = status("404 Not Found", "<html>nothing here</html>").await.error().to_string();
    assert!(error.ends_with("(or the base URL is wrong; it usually ends in /v1)"), "{error}");
}

#[tokio::test]
async fn moved() {
    let reply = Reply::status("301 Moved", "location: https://me:pw@example.test/v1/x\r\n", "");
    let asked = ask_server([reply]).await;
    assert_eq!(asked.requests, 1);
    assert!(
        matches!(asked.error(), ProviderError::Server { status: 301, message, .. } if message == "moved to https://example.test/v1/x; set the base URL to match")
    );
}

#[tokio::test]
async fn rate_limit_with_each_form_of_retry_after() {
    // Dates are whole seconds: at half past the second, one that is "now" has passed.
    for header in [
        "retry-after-ms: 1\r\n",
        "retry-after: 0.001\r\n",
        "retry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
    ] {
        let limited = Reply::status("429 Too Many Requests", header, "slow down");
        let asked = ask_server([limited, Reply::stream(answer("x"))]).await;
        assert_eq!(asked.outcome().attempts, 2, "{header}");
    }
}

#[tokio::test]
async fn rate_limit_that_lasts() {
    let limited = Reply::status(
        "429 Too Many Requests",
        "retry-after-ms: 2\r\n",
        r#"{"error":{"message":"slow down"}}"#,
    );
    let asked = ask_server([limited]).await;
    assert_eq!(asked.requests, 3);
    assert!(
        matches!(asked.error(), ProviderError::RateLimited { retry_after: Some(wait), message, .. }
        if wait == Duration::from_millis(2) && message == "slow down")
    );
}

#[tokio::test]
async fn a_wait_beyond_patience_is_refused_at_once() {
    let date = "retry-after: Sun, 06 Nov 1994 09:49:37 GMT\r\n";
    for (line, header) in [
        ("429 Too Many Requests", "retry-after: 121\r\n"),
        ("503 Service Unavailable", "retry-after-ms: 600000\r\n"),
        ("429 Too Many Requests", date),
    ] {
        let server = HostileServer::start([Reply::status(line, header, "later")]);
        let clock = Clock::manual(Timestamp::from_millis(784_111_777_000), 1);
        let provider = OpenAiProvider::new(config(&server.url()), clock).expect("valid settings");
        let error = ask(&provider, &request()).await.1.expect_err("refused");
        assert_eq!(server.requests().len(), 1, "{header}");
        assert!(
            matches!(error, ProviderError::RateLimited { retry_after: Some(wait), .. } if wait > Duration::from_secs(120)),
            "{header}"
        );
    }
}

#[tokio::test]
async fn statuses_that_may_pass_are_retried() {
    for line in [
        "408 Request Timeout",
        "409 Conflict",
        "500 Internal Server Error",
        "502 Bad Gateway",
        "529 Overloaded",
    ] {
        let failed = Reply::status(line, "", r#"{"error":"busy"}"#);
        let asked = ask_server([failed.clone(), failed.clone(), Reply::stream(answer("x"))]).await;
        assert_eq!(asked.outcome().attempts, 3, "{line}");
        let asked = ask_server([failed]).await;
        assert_eq!(asked.requests, 3, "{line}");
        assert!(
            matches!(asked.error(), ProviderError::Server { message, .. } if message == "busy"),
            "{line}"
        );
    }
}

#[tokio::test]
async fn an_error_without_words() {
    let error = status("500 Internal Server Error", "").await.error().to_string();
    assert!(error.ends_with("answered with an error (500): Internal Server Error"), "{error}");
}

#[tokio::test]
async fn an_error_page_without_end_is_bounded() {
    let page = "x".repeat(10 * 1024 * 1024);
    let asked = status("500 Internal Server Error", &page).await;
    assert!(
        matches!(asked.error(), ProviderError::Server { message, .. } if message.chars().count() < 500)
    );
}

#[tokio::test]
async fn an_error_that_stalls() {
    let head = "HTTP/1.1 400 Bad Request\r\ncontent-length: 100\r\n\r\n{";
    let asked = ask_with([Reply::raw(head).hang()], request(), |config| {
        config.limits.gap = Duration::from_millis(50);
    })
    .await;
    assert!(matches!(asked.error(), ProviderError::Server { status: 400, .. }));
}

#[tokio::test]
async fn something_else_than_http() {
    let asked = ask_server([Reply::raw("SSH-2.0-OpenSSH_9.6\r\n").close()]).await;
    assert!(matches!(asked.error(), ProviderError::Broken { .. }));
}

#[tokio::test]
async fn closed_without_a_word() {
    let replies = [Reply::default().close(), Reply::stream(answer("x"))];
    assert_eq!(ask_server(replies).await.outcome().text, "x");
}

#[tokio::test]
async fn no_model_for_the_role() {
    let config = OpenAiConfig::new("http://127.0.0.1:1/v1", RoleModels::default());
    let error = ask(&provider(config), &request()).await.1.expect_err("no model").to_string();
    assert_eq!(error, "no model is named for the role `mini`; name one with --model");
}

#[tokio::test]
async fn the_list_of_models() {
    let list = |body: &str| HostileServer::start([Reply::status("200 OK", "", body)]);
    for body in [
        r#"{"data":[{"id":"a"},{"id":"b\u001b[1m"},{}]}"#,
        r#"{"models":[{"name":"a"},{"name":"b[1m"}]}"#,
        r#"["a","b[1m"]"#,
    ] {
        let server = list(body);
        assert_eq!(
            provider(config(&server.url())).models().await,
            Ok(vec!["a".to_owned(), "b[1m".to_owned()])
        );
        assert!(server.requests()[0].head.starts_with("GET /v1/models "));
    }
    let server = list("<html>");
    let error = provider(config(&server.url())).models().await.expect_err("no JSON").to_string();
    assert!(error.contains("list of models is no JSON"), "{error}");
    let server = HostileServer::start([Reply::status("401 Unauthorized", "", "who?")]);
    assert!(matches!(
        provider(config(&server.url())).models().await,
        Err(ProviderError::Unauthorized { .. })
    ));
    let server = HostileServer::start([Reply::silence()]);
    let mut hurried = config(&server.url());
    hurried.limits.first_token = Duration::from_millis(50);
    assert!(matches!(provider(hurried).models().await, Err(ProviderError::Timeout { .. })));
}

/// A machine without certificates, as in many containers: plain HTTP needs none, and for TLS the
/// bundled ones do.
#[test]
fn no_certificates_on_the_machine() {
    let without_certificates = |command: &mut Command| {
        command
            .env("SSL_CERT_FILE", "/nonexistent/certificates")
            .env("SSL_CERT_DIR", "/nonexistent");
    };
    in_environment("hostile_http::no_certificates_on_the_machine", without_certificates, async {
        assert_eq!(ask_server([Reply::stream(answer("x"))]).await.outcome().text, "x");
        // Reaching the handshake shows that there is a client at all.
        let error = ask_at(&no_tls()).await;
        assert!(matches!(error, ProviderError::Connect { .. }), "{error}");
    });
}

/// Runs `test` in a changed environment. That of a running process cannot be changed safely, so the
/// test of this name is started once more by itself.
fn in_environment(name: &str, change: impl FnOnce(&mut Command), test: impl Future<Output = ()>) {
    const CHILD: &str = "SPAR_TEST_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        return runtime.expect("a runtime").block_on(test);
    }
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", name]).env(CHILD, "1");
    change(&mut command);
    let output = command.output().expect("the test runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
