//! What servers put into a 200: cut, marked, framed and worded in every way seen in the wild.

use std::time::Duration;

use serde_json::json;
use spar_core::chat::{ChatRequest, FinishReason, OutputMode, Usage};
use spar_engine::provider::{OpenAiConfig, ProviderError};

use crate::ask::{
    Asked, DONE, answer, ask_server, ask_with, delta, event, finish, request, structured_request,
    usage,
};
use crate::hostile_server::Reply;

const MOMENT: Duration = Duration::from_millis(50);

async fn stream(body: impl AsRef<[u8]>) -> Asked {
    ask_server([Reply::stream(body)]).await
}

fn text_of(asked: Asked) -> String {
    asked.outcome().text
}

#[tokio::test]
async fn an_ordinary_stream() {
    let outcome = stream(answer("Hello there")).await.outcome();
    assert_eq!(outcome.text, "Hello there");
    assert_eq!(outcome.model, "tiny-2");
    assert_eq!(outcome.finish, FinishReason::Stop);
    assert_eq!(outcome.mode, OutputMode::Plain);
    assert_eq!(outcome.usage, Usage { input: Some(7), output: Some(3), ..Usage::default() });
    assert_eq!(outcome.attempts, 1);
    let first = outcome.ttft_ms.expect("text came");
    assert!(first >= 0.0 && first <= outcome.total_ms);
}

#[tokio::test]
async fn pieces_arrive_as_they_come() {
    let pieces = [delta("Well"), delta(", "), delta("hello"), finish("stop"), DONE.to_owned()];
    let asked = ask_server([Reply::pieces(pieces)]).await;
    assert!(asked.deltas.len() >= 2, "{:?}", asked.deltas);
    assert_eq!(text_of(asked), "Well, hello");
}

#[tokio::test]
async fn cut_at_every_byte() {
    let body = format!(
        "\u{feff}: hi\r\n\r\n{}",
        answer("naïve 😀 \u{1F469}\u{200D}\u{1F680}").replace('\n', "\r\n")
    );
    let asked = ask_server([Reply::pieces(body.as_bytes().chunks(1))]).await;
    assert_eq!(text_of(asked), "naïve 😀 \u{1F469}\u{200D}\u{1F680}");
}

#[tokio::test]
async fn cut_in_two_at_any_place() {
    let body = answer("é😀");
    let replies: Vec<Reply> = (1..body.len())
        .map(|cut| Reply::pieces([&body.as_bytes()[..cut], &body.as_bytes()[cut..]]))
        .collect();
    let count = replies.len();
    let server = crate::hostile_server::HostileServer::start(replies);
    let provider = crate::ask::provider(crate::ask::config(&server.url()));
    for cut in 1..=count {
        let (_, result) = crate::ask::ask(&provider, &request()).await;
        assert_eq!(result.map(|outcome| outcome.text), Ok("é😀".to_owned()), "cut at {cut}");
    }
}

#[tokio::test]
async fn byte_order_mark() {
    assert_eq!(text_of(stream(format!("\u{feff}{}", answer("x"))).await), "x");
}

#[tokio::test]
async fn carriage_returns() {
    assert_eq!(text_of(stream(answer("x").replace('\n', "\r\n")).await), "x");
    assert_eq!(text_of(stream(answer("x").replace('\n', "\r")).await), "x");
}

#[tokio::test]
async fn comments_and_empty_events() {
    let noise =
        ": OPENROUTER PROCESSING\n\n\n\nevent: ping\ndata: \n\ndata: ping\n\nid: 1\nretry: 5\n\n";
    assert_eq!(
        text_of(stream(format!("{noise}{}{noise}{}", delta("x"), finish("stop"))).await),
        "x"
    );
}

#[tokio::test]
async fn no_done_marker() {
    let outcome = stream(delta("x") + &finish("stop")).await.outcome();
    assert_eq!((outcome.text.as_str(), outcome.finish), ("x", FinishReason::Stop));
}

#[tokio::test]
async fn no_finish_reason() {
    let outcome = stream(delta("x") + DONE).await.outcome();
    assert_eq!(outcome.finish, FinishReason::Other("end of stream".to_owned()));
}

#[tokio::test]
async fn usage_ends_a_finished_answer_though_the_connection_stays_open() {
    let pieces = [delta("x"), finish("stop"), usage(1, 2)];
    let outcome = ask_server([Reply::unfinished(pieces).hang()]).await.outcome();
    assert_eq!(outcome.usage.output, Some(2));
}

#[tokio::test]
async fn a_finished_answer_is_not_lost_when_usage_never_comes() {
    let reply = Reply::unfinished([delta("x"), finish("stop")]).hang();
    let asked = ask_with([reply], request(), |config| config.limits.gap = MOMENT).await;
    assert_eq!(text_of(asked), "x");
}

#[tokio::test]
async fn a_connection_that_breaks_after_the_finish_has_broken_nothing() {
    let reply = Reply::unfinished([delta("x"), finish("stop")]).close();
    assert_eq!(text_of(ask_server([reply]).await), "x");
}

#[tokio::test]
async fn empty_choices_and_empty_usage() {
    let body = event(&json!({"choices": [], "prompt_filter_results": []}))
        + &delta("x")
        + &event(&json!({"choices": [], "usage": {}}))
        + &finish("stop")
        + &event(&json!({"choices": null, "usage": null}))
        + DONE;
    let outcome = stream(body).await.outcome();
    assert_eq!(outcome.usage, Usage::default());
}

#[tokio::test]
async fn missing_ids_and_odd_types() {
    let body = event(&json!({"choices": [{"delta": {"content": "a", "role": 7}}]}))
        + &event(
            &json!({"id": null, "created": "x", "model": 4, "choices": [{"index": "0", "delta": {"content": [{"type": "text", "text": "b"}]}, "logprobs": []}]}),
        )
        + &event(&json!({"choices": [null, 3, {"delta": null}], "usage": "lots"}))
        + &event(
            &json!({"choices": [{"finish_reason": "stop"}], "usage": {"prompt_tokens": "5", "completion_tokens": 2.0}}),
        );
    let outcome = stream(body).await.outcome();
    assert_eq!(outcome.text, "ab");
    assert_eq!((outcome.usage.input, outcome.usage.output), (Some(5), Some(2)));
}

#[tokio::test]
async fn other_choices_are_not_mixed_in() {
    let second = event(&json!({"choices": [{"index": 1, "delta": {"content": "no"}}]}));
    assert_eq!(text_of(stream(delta("yes") + &second + &finish("stop")).await), "yes");
}

#[tokio::test]
async fn unknown_and_empty_finish_reasons() {
    let outcome = stream(finish("") + &delta("x") + &finish("tool\u{1b}[31mtime")).await.outcome();
    assert_eq!(outcome.finish, FinishReason::Other("tool[31mtime".to_owned()));
    for (word, expected) in [
        ("length", FinishReason::Length),
        ("MAX_TOKENS", FinishReason::Length),
        ("content_filter", FinishReason::Filtered),
        ("STOP", FinishReason::Stop),
    ] {
        assert_eq!(stream(delta("x") + &finish(word)).await.outcome().finish, expected, "{word}");
    }
}

#[tokio::test]
async fn refusal() {
    let piece =
        |text: &str| event(&json!({"choices": [{"delta": {"content": null, "refusal": text}}]}));
    let outcome =
        stream(piece("I can't ") + &piece("do that.") + &finish("stop") + DONE).await.outcome();
    assert_eq!(outcome.text, "I can't do that.");
    assert_eq!(outcome.finish, FinishReason::Refused);
}

#[tokio::test]
async fn reasoning_is_not_shown() {
    let thought =
        |field: &str| event(&json!({"choices": [{"delta": {"content": "", (field): "hmm"}}]}));
    let body = thought("reasoning_content") + &thought("reasoning") + &delta("x") + &finish("stop");
    assert_eq!(text_of(stream(body).await), "x");
}

#[tokio::test]
async fn a_whole_answer_instead_of_a_stream() {
    let body = json!({
        "id": "c", "object": "chat.completion", "model": "tiny-3",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    });
    let compact = Reply::status("200 OK", "content-type: application/json\r\n", &body.to_string());
    let pretty = serde_json::to_string_pretty(&body).expect("JSON");
    let pretty = Reply::status("200 OK", "content-type: text/plain\r\n", &pretty);
    for reply in [compact, pretty] {
        let outcome = ask_server([reply]).await.outcome();
        assert_eq!((outcome.text.as_str(), outcome.model.as_str()), ("Hi", "tiny-3"));
        assert_eq!(outcome.usage.output, Some(1));
    }
}

#[tokio::test]
async fn json_lines() {
    let body = answer("Hello").replace("data: ", "").replace("\n\n", "\n").replace("[DONE]", "");
    assert_eq!(text_of(stream(&body).await), "Hello");
    assert_eq!(text_of(ask_server([Reply::pieces(body.as_bytes().chunks(3))]).await), "Hello");
}

#[tokio::test]
async fn an_event_over_several_lines() {
    let body = "data: {\"choices\":[{\"delta\":\ndata: {\"content\":\"x\"}}]}\n\ndata: [DONE]\n\n";
    assert_eq!(text_of(stream(body).await), "x");
}

#[tokio::test]
async fn split_surrogates() {
    let half = |unit: &str| {
        format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{unit}\"}}}}]}}\n\n")
    };
    let body = half(r"a\ud83d") + &half(r"\ude00b") + &finish("stop");
    assert_eq!(text_of(stream(body).await), "a😀b");
    let pair = half(r"\ud83d\ude00") + &finish("stop");
    assert_eq!(text_of(ask_server([Reply::pieces(pair.as_bytes().chunks(1))]).await), "😀");
}

#[tokio::test]
async fn bytes_that_are_no_utf8() {
    let mut body = b"data: {\"choices\":[{\"delta\":{\"content\":\"caf\xe9\"}}]}\n\n".to_vec();
    body.extend_from_slice(DONE.as_bytes());
    assert_eq!(text_of(stream(body).await), "caf\u{fffd}");
}

#[tokio::test]
async fn cut_json_is_delivered_with_its_reason() {
    let cut = "{\"reply\": \"I wanted to";
    let reply = Reply::stream(delta(cut) + &finish("length") + &usage(1, 9));
    let outcome = ask_with([reply], structured_request(), |_| {}).await.outcome();
    assert_eq!((outcome.text.as_str(), outcome.finish), (cut, FinishReason::Length));
    assert_eq!(outcome.mode, OutputMode::JsonSchema);
}

#[tokio::test]
async fn a_body_that_ends_inside_an_event_is_delivered_as_cut() {
    let half_event = delta("lost")[..30].to_owned();
    let outcome = stream(delta("kept") + &half_event).await.outcome();
    assert_eq!((outcome.text.as_str(), outcome.finish), ("kept", FinishReason::Length));
}

#[tokio::test]
async fn fenced_json_and_plain_text_are_delivered_as_they_are() {
    for text in ["```json\n{\"reply\": \"x\"}\n```", "Sure! Here it is."] {
        let reply = Reply::stream(answer(text));
        assert_eq!(text_of(ask_with([reply], structured_request(), |_| {}).await), text);
    }
}

#[tokio::test]
async fn a_megabyte() {
    let text = "0123456789abcdé ".repeat(61_681);
    assert!(text.len() > 1_000_000);
    assert_eq!(text_of(stream(answer(&text)).await), text, "in one event");
    let letters: Vec<char> = text.chars().collect();
    let events: String =
        letters.chunks(64).map(|part| delta(&part.iter().collect::<String>())).collect();
    let body = events + &finish("stop");
    assert_eq!(text_of(ask_server([Reply::pieces(body.as_bytes().chunks(1_461))]).await), text);
}

#[tokio::test]
async fn an_answer_without_end() {
    let piece = delta(&"x".repeat(1024 * 1024));
    let asked = ask_server([Reply::pieces(std::iter::repeat_n(piece, 6))]).await;
    assert_eq!(asked.requests, 1, "text was shown: no retry");
    assert!(
        matches!(asked.error(), ProviderError::Broken { reason, .. } if reason.contains("longer than 4 MB"))
    );
}

#[tokio::test]
async fn a_line_without_end() {
    let start = "data: {\"choices\":[{\"delta\":{\"content\":\"";
    let pieces =
        std::iter::once(start.to_owned()).chain(std::iter::repeat_n("x".repeat(1024 * 1024), 9));
    let asked =
        ask_with([Reply::pieces(pieces)], request(), |config| config.retry.max_retries = 0).await;
    assert!(
        matches!(asked.error(), ProviderError::Broken { reason, .. } if reason == "one event is longer than 8 MB")
    );
}

#[tokio::test]
async fn an_event_that_is_no_json() {
    let asked = stream("data: {\"choices\": oops}\n\n").await;
    assert!(
        matches!(asked.error(), ProviderError::Broken { reason, .. } if reason.starts_with("unreadable event `{\"choices\": oops}`"))
    );
}

#[tokio::test]
async fn a_page_instead_of_a_stream() {
    let asked = stream("<html>\n<h1>It works!\u{1b}[2J</h1>").await;
    assert!(
        matches!(asked.error(), ProviderError::Broken { reason, .. } if reason == "no stream and no JSON, but `<html> <h1>It works![2J</h1>`")
    );
}

#[tokio::test]
async fn no_text_at_all() {
    for body in ["", DONE, &finish("stop"), &(finish("length") + &usage(5, 0))] {
        let asked = stream(body).await;
        assert_eq!(asked.requests, 1, "{body:?}");
        assert!(matches!(asked.error(), ProviderError::Empty { .. }), "{body:?}");
    }
}

#[tokio::test]
async fn error_object_in_a_200() {
    let body = json!({"error": {"message": "no such deployment", "type": "invalid_request_error"}});
    let reply = Reply::status("200 OK", "content-type: application/json\r\n", &body.to_string());
    let asked = ask_server([reply]).await;
    assert_eq!(asked.requests, 1);
    assert!(
        matches!(asked.error(), ProviderError::Server { status: 200, message, .. } if message == "no such deployment")
    );
}

#[tokio::test]
async fn error_object_in_a_stream_before_text_is_retried_if_it_may_pass() {
    let error = event(&json!({"error": {"code": 502, "message": "upstream gone"}}));
    let asked = ask_server([Reply::stream(error), Reply::stream(answer("x"))]).await;
    assert_eq!(asked.outcome().attempts, 2);
}

#[tokio::test]
async fn error_object_in_a_stream_after_text_is_final() {
    let error = event(
        &json!({"error": {"code": 502, "message": format!("upstream\u{1b}[31m {}", crate::ask::KEY)}}),
    );
    let asked = ask_server([Reply::stream(delta("Well") + &error)]).await;
    assert_eq!((asked.deltas.concat().as_str(), asked.requests), ("Well", 1));
    assert!(
        matches!(asked.error(), ProviderError::Server { status: 502, message, .. } if message == "upstream[31m [key]")
    );
}

#[tokio::test]
async fn rate_limit_in_a_stream() {
    let error = event(&json!({"error": {"type": "rate_limit_exceeded", "message": "slow down"}}));
    let asked = ask_server([Reply::stream(error)]).await;
    assert_eq!(asked.requests, 3);
    assert!(matches!(asked.error(), ProviderError::RateLimited { .. }));
}

#[tokio::test]
async fn a_bare_error_line_among_events() {
    let asked = stream(delta("Well") + "{\"error\":{\"message\":\"out of memory\"}}\n").await;
    assert!(
        matches!(asked.error(), ProviderError::Server { message, .. } if message == "out of memory")
    );
}

#[tokio::test]
async fn stall_before_the_first_token() {
    let alive = ": ping\n\n".to_owned()
        + &event(&json!({"choices": [{"delta": {"role": "assistant", "content": ""}}]}));
    for stalled in [Reply::silence(), Reply::unfinished([alive]).hang()] {
        let asked =
            ask_with([stalled.clone()], request(), |config| config.limits.first_token = MOMENT)
                .await;
        assert_eq!(asked.requests, 3, "two retries");
        let limit = "no first token within 50 ms".to_owned();
        assert!(matches!(asked.error(), ProviderError::Timeout { limit: hit, .. } if hit == limit));

        let replies = [stalled, Reply::stream(answer("late"))];
        let asked = ask_with(replies, request(), |config| config.limits.first_token = MOMENT).await;
        // A busy machine may run into the limit once more.
        assert!(asked.outcome().attempts >= 2);
    }
}

#[tokio::test]
async fn an_analyzer_waits_longer_than_a_chat() {
    let request = ChatRequest { background: true, ..request() };
    let short = |config: &mut OpenAiConfig| config.limits.first_token = MOMENT;
    let asked = ask_with([Reply::silence()], request, short).await;
    let limit = "no first token within 300 ms";
    assert!(matches!(asked.error(), ProviderError::Timeout { limit: hit, .. } if hit == limit));
}

#[tokio::test]
async fn stall_in_mid_reply_is_final() {
    let reply = Reply::unfinished([delta("Well, ")]).hang();
    let asked = ask_with([reply], request(), |config| config.limits.gap = MOMENT).await;
    assert_eq!((asked.deltas.concat().as_str(), asked.requests), ("Well, ", 1));
    assert!(
        matches!(asked.error(), ProviderError::Timeout { limit, .. } if limit == "nothing more for 50 ms")
    );
}

#[tokio::test]
async fn stall_while_thinking_is_retried() {
    let thought = event(&json!({"choices": [{"delta": {"reasoning_content": "hmm"}}]}));
    let replies = [Reply::unfinished([thought]).hang(), Reply::stream(answer("x"))];
    let asked = ask_with(replies, request(), |config| config.limits.gap = MOMENT).await;
    assert!(asked.outcome().attempts >= 2);
}

#[tokio::test]
async fn the_total_limit_holds_within_a_stream() {
    let reply = Reply::unfinished([delta("Well")]).hang();
    let asked = ask_with([reply], request(), |config| config.limits.total = MOMENT).await;
    assert!(
        matches!(asked.error(), ProviderError::Timeout { limit, .. } if limit == "not done within 50 ms")
    );
}

#[tokio::test]
async fn broken_off_in_mid_reply() {
    let asked = ask_server([Reply::unfinished([delta("Well")]).close()]).await;
    assert_eq!((asked.deltas.concat().as_str(), asked.requests), ("Well", 1));
    assert!(matches!(asked.error(), ProviderError::Broken { .. }));
}

#[tokio::test]
async fn broken_off_before_text_is_retried() {
    let replies = [Reply::unfinished([": ping\n\n"]).close(), Reply::stream(answer("x"))];
    assert_eq!(ask_server(replies).await.outcome().attempts, 2);
}
