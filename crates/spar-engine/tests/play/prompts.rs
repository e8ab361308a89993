//! What a model is told, turn after turn.

use std::sync::Arc;

use spar_core::chat::{ChatRequest, ChatRole};
use spar_engine::provider::ScriptedProvider;

use crate::support::{SECRET, Table, answered, good};

/// Plays these lines and returns what the model was asked for each.
async fn asked(lines: &[String]) -> Vec<ChatRequest> {
    let replies = (1..=lines.len()).map(|turn| good(&format!("Reply number {turn}, in full.")));
    let model = Arc::new(ScriptedProvider::new(replies));
    let table = Table::asking(model.clone());
    let mut live = table.start().await;
    for line in lines {
        answered(&mut live, line).await;
    }
    model.asked()
}

fn contents(request: &ChatRequest) -> String {
    request.messages.iter().map(|message| message.content.as_str()).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_secret_is_in_no_prompt_before_it_is_revealed() {
    let lines = ["What is on your mind?", "The date slips.", "Is there more to it?"];
    let requests = asked(&lines.map(str::to_owned)).await;
    let told: Vec<bool> =
        requests.iter().map(|request| contents(request).contains(SECRET)).collect();
    assert_eq!(told, [false, false, true]);
}

#[tokio::test]
async fn a_prompt_holds_twelve_turns_and_a_summary_of_the_rest() {
    let lines: Vec<String> =
        (1..=40).map(|turn| format!("Question {turn}: what would help you with it?")).collect();
    let requests = asked(&lines).await;
    for (index, request) in requests.iter().enumerate() {
        let turn = index + 1;
        let user: Vec<_> = request
            .messages
            .iter()
            .filter(|message| message.role == ChatRole::User)
            .map(|message| message.content.clone())
            .collect();
        let first = turn.saturating_sub(13);
        assert_eq!(user, lines[first..turn], "turn {turn}: the last twelve and the new line");
        let assistant =
            request.messages.iter().filter(|message| message.role == ChatRole::Assistant);
        let opener = usize::from(turn <= 13);
        assert_eq!(assistant.count(), user.len() - 1 + opener, "turn {turn}");
        let system = &request.messages[0];
        assert_eq!(system.role, ChatRole::System);
        let summary = format!("talked for {} turns", turn.saturating_sub(13));
        assert_eq!(system.content.contains(&summary), turn > 13, "turn {turn}");
        assert!(!system.content.contains("{{"), "turn {turn}: a placeholder was left");
    }
    let (early, late) = (contents(&requests[13]).len(), contents(&requests[39]).len());
    assert!(late < early + 200, "prompts stop growing: {early} and {late} bytes");
    assert_eq!(requests[0].schema, requests[39].schema);
}
