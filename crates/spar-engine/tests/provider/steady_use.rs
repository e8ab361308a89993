//! Many requests against a server that behaves: connections are kept, times are true.

use std::sync::Arc;
use std::time::Duration;

use crate::ask::{DONE, answer, ask, config, delta, finish, provider, request, usage};
use crate::hostile_server::{HostileServer, Reply};
use crate::mock_server::{self, MockSettings};

#[tokio::test]
async fn a_connection_serves_request_after_request() {
    let late_end = [delta("x"), finish("stop"), usage(1, 1), DONE.to_owned()];
    let server = HostileServer::start([Reply::stream(answer("x")), Reply::pieces(late_end)]);
    let provider = provider(config(&server.url()));
    for _ in 0..20 {
        ask(&provider, &request()).await.1.expect("an answer");
    }
    assert_eq!((server.requests().len(), server.connections()), (20, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mock_server_answers_many_at_once() {
    let settings = MockSettings {
        delay: Duration::from_millis(5),
        reply_bytes: 300,
        ..MockSettings::default()
    };
    let address = mock_server::serve(0, settings).expect("a free port");
    let provider = Arc::new(provider(config(&format!("http://{address}/v1"))));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let provider = Arc::clone(&provider);
        tasks.spawn(async move { ask(&*provider, &request()).await.1 });
    }
    while let Some(outcome) = tasks.join_next().await {
        let outcome = outcome.expect("no panic").expect("an answer");
        assert_eq!(outcome.text, mock_server::answer_text(300));
        // Never less than the truth: the stamps are the clock's, not the scheduler's.
        assert!(outcome.ttft_ms.expect("text") >= 5.0, "{outcome:?}");
        assert!(outcome.usage.output.is_some());
    }
    assert_eq!(provider.models().await, Ok(vec!["mock".to_owned()]));
}

#[tokio::test]
async fn a_cancelled_request_closes_its_connection() {
    let server = HostileServer::start([
        Reply::unfinished([delta("Well")]).hang(),
        Reply::stream(answer("x")),
    ]);
    let provider = provider(config(&server.url()));
    let request = request();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let mut sender = Some(sender);
    let mut sink = |_| {
        if let Some(sender) = sender.take() {
            sender.send(()).expect("someone waits");
        }
    };
    tokio::select! {
        biased;
        _ = receiver => {}
        result = spar_engine::provider::Provider::chat(&provider, &request, &mut sink) => panic!("{result:?}"),
    }
    assert_eq!(ask(&provider, &request).await.1.expect("an answer").text, "x");
    assert_eq!(server.connections(), 2);
}
