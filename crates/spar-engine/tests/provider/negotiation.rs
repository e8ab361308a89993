//! Finding out what a server understands, and remembering it.

use serde_json::{Value, json};
use spar_core::chat::{ChatRequest, OutputMode, Sampling};
use spar_engine::provider::{ProviderError, Quirks};

use crate::ask::{answer, ask, ask_with, config, provider, request, structured_request};
use crate::hostile_server::{HostileServer, Reply};

fn objection(message: &str) -> Reply {
    let body = json!({"error": {"message": message}}).to_string();
    Reply::status("400 Bad Request", "", &body)
}

fn kinds(server: &HostileServer) -> Vec<Value> {
    server
        .requests()
        .iter()
        .map(|request| request.body["response_format"]["type"].clone())
        .collect()
}

#[tokio::test]
async fn structure_is_asked_for_in_ever_plainer_ways_and_the_way_remembered() {
    let refused = objection("response_format is not supported");
    let unprocessable =
        Reply::status("422 Unprocessable Entity", "", r#"{"detail":"json_object unsupported"}"#);
    let server = HostileServer::start([refused, unprocessable, Reply::stream(answer("{}"))]);
    let provider = provider(config(&server.url()));
    for attempts in [3, 1] {
        let outcome = ask(&provider, &structured_request()).await.1.expect("an answer");
        assert_eq!((outcome.mode, outcome.attempts), (OutputMode::PromptOnly, attempts));
    }
    assert_eq!(
        kinds(&server),
        [json!("json_schema"), json!("json_object"), json!(null), json!(null)]
    );
    let requests = server.requests();
    let system = |index: usize| requests[index].body["messages"][0]["content"].to_string();
    assert!(!system(0).contains("JSON Schema"), "the server is told the schema");
    assert!(system(1).contains("JSON Schema") && system(2).contains("properties"));
}

#[tokio::test]
async fn what_did_not_help_is_not_remembered() {
    let refused = objection("this feature is unsupported");
    let server = HostileServer::start([
        refused.clone(),
        refused.clone(),
        refused,
        Reply::stream(answer("{}")),
    ]);
    let provider = provider(config(&server.url()));
    let error = ask(&provider, &structured_request()).await.1.expect_err("refused in every form");
    assert!(matches!(error, ProviderError::Server { status: 400, .. }));
    let outcome = ask(&provider, &structured_request()).await.1.expect("an answer");
    assert_eq!(outcome.mode, OutputMode::JsonSchema);
}

#[tokio::test]
async fn plain_requests_are_not_about_structure() {
    let asked = ask_with([objection("unsupported")], request(), |_| {}).await;
    assert_eq!(asked.requests, 1);
}

#[tokio::test]
async fn usage_token_limit_and_sampling_give_way_to_what_the_server_wants() {
    let request = ChatRequest {
        sampling: Sampling {
            temperature: Some(0.5),
            top_p: Some(0.9),
            max_tokens: Some(64),
            seed: Some(u64::MAX),
        },
        ..request()
    };
    let server = HostileServer::start([
        objection("Unknown parameter: 'stream_options'."),
        objection(
            "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        ),
        objection("Unknown name \"seed\""),
        objection("top_p is not allowed"),
        objection("'temperature' does not support 0.5"),
        Reply::stream(answer("x")),
    ]);
    let provider = provider(config(&server.url()));
    assert_eq!(ask(&provider, &request).await.1.expect("an answer").attempts, 6);
    let requests = server.requests();
    let first = &requests[0].body;
    assert_eq!(first["seed"], json!(0x7fff_ffff));
    assert_eq!(first["stream_options"], json!({"include_usage": true}));
    let mut last = requests[5].body.clone();
    last.as_object_mut().expect("an object").remove("messages");
    assert_eq!(last, json!({"model": "tiny", "stream": true, "max_completion_tokens": 64}));
}

#[tokio::test]
async fn an_objection_inside_a_200_counts_too() {
    let body =
        json!({"error": {"code": 400, "message": "response_format: unsupported"}}).to_string();
    let server =
        HostileServer::start([Reply::status("200 OK", "", &body), Reply::stream(answer("{}"))]);
    let provider = provider(config(&server.url()));
    let outcome = ask(&provider, &structured_request()).await.1.expect("an answer");
    assert_eq!((outcome.mode, outcome.attempts), (OutputMode::JsonObject, 2));
}

#[tokio::test]
async fn known_quirks_save_the_detour() {
    let server = HostileServer::start([Reply::stream(answer("{}"))]);
    let mut config = config(&server.url());
    config.quirks = Quirks {
        output_mode: Some(OutputMode::JsonObject),
        max_completion_tokens: true,
        no_stream_usage: true,
    };
    let mut request = structured_request();
    request.sampling.max_tokens = Some(5);
    let outcome = ask(&provider(config), &request).await.1.expect("an answer");
    assert_eq!((outcome.mode, outcome.attempts), (OutputMode::JsonObject, 1));
    let body = &server.requests()[0].body;
    assert_eq!(body["response_format"], json!({"type": "json_object"}));
    assert_eq!(body["max_completion_tokens"], 5);
    assert_eq!(body.get("stream_options"), None);
}
