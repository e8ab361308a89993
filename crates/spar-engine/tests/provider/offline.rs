//! Providers that need no network.

use spar_core::chat::{ChatRequest, OutputMode};
use spar_engine::provider::{
    EmbeddedProvider, Provider, ProviderError, ScriptedAnswer, ScriptedProvider,
};

use crate::ask::{ask, request};

#[tokio::test]
async fn embedded_speaks_the_offline_form_word_by_word() {
    let request = ChatRequest { offline: Some("I see.  What\nnow?".to_owned()), ..request() };
    let (deltas, result) = ask(&EmbeddedProvider, &request).await;
    let outcome = result.expect("an answer");
    assert_eq!(deltas, ["I ", "see. ", " ", "What\n", "now?"]);
    assert_eq!((outcome.text.as_str(), outcome.model.as_str()), ("I see.  What\nnow?", "embedded"));
    assert_eq!((outcome.mode, outcome.usage.output), (OutputMode::Plain, Some(0)));
}

#[tokio::test]
async fn embedded_without_an_offline_form_says_so() {
    let error = ask(&EmbeddedProvider, &request()).await.1.expect_err("nothing to say").to_string();
    assert_eq!(
        error,
        "task `chat_turn` has no offline form; choose another provider with --provider"
    );
}

#[tokio::test]
async fn a_script_is_played_in_order_and_runs_out_loudly() {
    let empty = ProviderError::Empty { model: "m".to_owned() };
    let provider = ScriptedProvider::new([
        ScriptedAnswer::pieces(["a", "b"]),
        ScriptedAnswer::broken(["c"], empty.clone()),
        ScriptedAnswer::error(empty.clone()),
    ]);
    let (deltas, result) = ask(&provider, &request()).await;
    assert_eq!(
        (deltas, result.expect("an answer").text),
        (vec!["a".to_owned(), "b".to_owned()], "ab".to_owned())
    );
    assert_eq!(ask(&provider, &request()).await, (vec!["c".to_owned()], Err(empty.clone())));
    assert_eq!(ask(&provider, &request()).await, (Vec::new(), Err(empty)));
    let error = ask(&provider, &request()).await.1.expect_err("the script is over").to_string();
    assert_eq!(error, "the script has no answer to request 4 (task `chat_turn`)");
    assert_eq!((provider.asked().len(), provider.remaining()), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn a_stalled_script_can_be_cancelled() {
    let provider = ScriptedProvider::new([ScriptedAnswer::stall(["Well"])]);
    let request = request();
    let mut seen = 0;
    let mut sink = |_| seen += 1;
    let answer = provider.chat(&request, &mut sink);
    let timeout = tokio::time::timeout(std::time::Duration::from_secs(3_600), answer).await;
    assert!(timeout.is_err());
    assert_eq!(seen, 1);
}
