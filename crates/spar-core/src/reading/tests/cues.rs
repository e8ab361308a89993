//! For every cue, lines that give it and lines that only look as if they did.

use super::super::{Cue, CueName};
use super::{Reader, ReaderSpec, answer, phrases, read};
use crate::language::Line;
use crate::reading::LineContext;

/// A cue, lines that give it, lines that do not.
type Row = (Cue, &'static [&'static str], &'static [&'static str]);

const ROWS: &[Row] = &[
    (
        Cue::AcknowledgesFeeling,
        &[
            "You sound exhausted.",
            "That must be really hard for you.",
            "I can see this is frustrating.",
            "It must have been frightening to get that call.",
            "I know you're worried about your mother.",
            "No wonder you're angry.",
            "You must have been so disappointed.",
        ],
        &[
            "This is a hard deadline.",
            "You're too sensitive.",
            "I'm exhausted.",
            "The sad part is the invoice.",
            "Don't be angry.",
        ],
    ),
    (
        Cue::Validates,
        &[
            "That makes sense.",
            "You have every right to be upset.",
            "Fair point, I hadn't seen it that way.",
            "I can see why you'd want that in writing.",
            "Anyone would be cross after a week like that.",
            "You're right about the handover.",
        ],
        &["That makes no sense.", "Turn right at the office.", "You have a meeting at two."],
    ),
    (
        Cue::Reflects,
        &[
            "So what I'm hearing is that the date matters more than the features.",
            "It sounds like the night shifts are the worst.",
            "If I understand you correctly, you want one contact person.",
            "So you're waiting for the engineer and nobody rings back.",
            "You're saying the second letter never came.",
            "Let me check I've understood: first the refund, then the apology.",
        ],
        &["So the launch slips.", "I hear music next door.", "Sounds like you should try harder."],
    ),
    (
        Cue::Summarises,
        &[
            "To sum up: Thursday at ten, and a new part.",
            "So we agreed on two weeks and a check-in.",
            "Let me recap what we have so far.",
            "Here's where we are: you keep the car, I drive on Mondays.",
            "So the plan is a reprint tonight and a call tomorrow.",
        ],
        &["The summer was long.", "We have a plan.", "The sum is 40 pounds."],
    ),
    (
        Cue::OpenQuestion,
        &[
            "What worries you most about it?",
            "How did that go down with the team?",
            "Tell me more about the mornings.",
            "Walk me through what happened on Monday.",
            "And what would make this easier for you?",
            "Help me understand how the rota works.",
        ],
        &[
            "What a mess.",
            "What's wrong with you?",
            "How many are there?",
            "Are you coming?",
            "I know what you mean.",
            "Don't tell me what to do.",
        ],
    ),
    (
        Cue::ClosedQuestion,
        &[
            "Is it the traffic?",
            "Do you have the order number?",
            "Did you call him?",
            "How many boxes were wrong?",
            "Can we meet on Friday?",
        ],
        &["What happened?", "I can meet on Friday.", "How could you?"],
    ),
    (
        Cue::AsksPermission,
        &[
            "May I ask you something?",
            "Is it okay if I say something about Tuesday?",
            "Can I be honest with you?",
            "Would you mind if I took notes?",
            "Do you have a minute?",
            "Could I check one thing first?",
        ],
        &[
            "May is a busy month... I was there in spring.",
            "I can be on time.",
            "You have a minute left.",
        ],
    ),
    (
        Cue::TakesResponsibility,
        &[
            "That's on me.",
            "I should have told you on Monday.",
            "I got it wrong and I own that.",
            "It was my mistake.",
            "We let you down.",
            "I take full responsibility for the delay.",
        ],
        &[
            "It's not my fault.",
            "You should have told me.",
            "The keys are on me somewhere, ask him.",
            "Coffee is on the table.",
            "im broke",
        ],
    ),
    (
        Cue::Apologises,
        &[
            "I'm sorry about the noise.",
            "I apologise for last week.",
            "We owe you an apology.",
            "Sorry, that came out wrong.",
            "Please accept my apologies.",
        ],
        &[
            "I'm not sorry.",
            "I'm sorry you feel that way.",
            "You'll be sorry.",
            "I feel sorry for the dog.",
        ],
    ),
    (
        Cue::Blames,
        &[
            "You never listen.",
            "It's your fault we're late.",
            "You always do this.",
            "What's wrong with you?",
            "If you had bothered to read it, we wouldn't be here.",
            "You ruined the whole evening.",
            "Why can't you just be on time?",
        ],
        &[
            "I'm not blaming you.",
            "It isn't your fault.",
            "I'm not saying you always do this.",
            "You never know with trains.",
            "She said it was your fault.",
            "im broke",
            "I'm broke, and so is my brother.",
        ],
    ),
    (
        Cue::MakesExcuses,
        &[
            "I had no choice.",
            "It's not my fault the system was down.",
            "There was nothing I could do.",
            "Nobody told me about the change.",
            "I was really busy last week.",
            "It's out of my hands.",
        ],
        &["You have a choice.", "No excuses, I was late.", "The busy season starts in June."],
    ),
    (
        Cue::StatesPosition,
        &[
            "I have bad news.",
            "The truth is that the budget is gone.",
            "I need two days to do this well.",
            "I've decided to leave at the end of March.",
            "It isn't safe for you to drive.",
            "We won't make the ninth.",
        ],
        &["What do you need?", "Maybe.", "They need more chairs."],
    ),
    (
        Cue::GivesReason,
        &[
            "I can't, because the audit is due.",
            "The reason is that the part has to come from Leeds.",
            "That's why I came to you first.",
            "It takes longer since we test every page.",
            "For example, on Tuesday two orders were lost.",
        ],
        &["Just because.", "It was a cause for joy.", "Because I said so."],
    ),
    (
        Cue::ProposesPlan,
        &[
            "Here's what I propose: we meet on Tuesday.",
            "Let's try it for two weeks.",
            "What if we split the shifts?",
            "We could start with the smallest store.",
            "How about we talk again on Monday?",
            "My suggestion is a short call every morning.",
        ],
        &["Let's face it, it's over.", "What about me?", "He planned the party."],
    ),
    (
        Cue::OffersChoice,
        &[
            "Which would you prefer?",
            "It's up to you.",
            "We can either meet today or wait until Friday.",
            "Would you rather have it in writing?",
            "You decide how we tell them.",
            "Two options: I call him, or we both do.",
        ],
        &["You have no choice.", "I prefer tea.", "The rent went up to 900."],
    ),
    (
        Cue::MakesRequest,
        &[
            "Could you send me the list by noon?",
            "I'd like you to be on time for the handover.",
            "Would you be willing to take one weekend?",
            "I'm asking for a raise of eight percent.",
            "Please ring before you come.",
            "I need your help with Mum.",
        ],
        &[
            "Could you be any slower?",
            "I like the plan.",
            "How could you?",
            "He requested a transfer.",
        ],
    ),
    (
        Cue::Commits,
        &[
            "I'll call you tomorrow before ten.",
            "I will send you the page tonight.",
            "You have my word.",
            "I promise it won't happen again.",
            "We'll cover the cost.",
            "I'm going to fix the form this week.",
        ],
        &["I'll try to call.", "I'll think about it.", "We'll see.", "I'll be honest."],
    ),
    (
        Cue::SetsBoundary,
        &[
            "I'm not comfortable with that.",
            "I don't answer messages after eight.",
            "That doesn't work for me.",
            "If you keep shouting, I'll end the call.",
            "I won't discuss her behind her back.",
            "Please don't comment on my body.",
        ],
        &["Please don't worry.", "The border is closed.", "I answer every mail."],
    ),
    (
        Cue::RespectsBoundary,
        &[
            "Take your time.",
            "You don't have to answer that.",
            "No pressure at all.",
            "I'll leave it there.",
            "It's completely fine if not.",
            "That's your decision, and I respect that.",
        ],
        &["You have to answer.", "Time is up.", "You don't have to be so rude."],
    ),
    (
        Cue::Pressures,
        &[
            "Come on, just say yes.",
            "You have to sign today.",
            "Everyone else has agreed already.",
            "I need an answer now.",
            "You owe me this.",
            "Don't be like that, do it for me.",
        ],
        &[
            "You don't have to decide.",
            "I know you have to tell Malcolm.",
            "He will come on Monday.",
            "You must be tired.",
        ],
    ),
    (
        Cue::Dismisses,
        &[
            "Calm down.",
            "It's not a big deal.",
            "You're overreacting.",
            "Get over it.",
            "Whatever.",
            "You'll be fine, others have it worse.",
        ],
        &[
            "I'm not going to tell you to calm down.",
            "Take whatever time you need.",
            "You're not overreacting.",
            "It's a big deal to me.",
        ],
    ),
    (
        Cue::InterruptsTopic,
        &[
            "Let's talk about something else.",
            "Hold on, let me finish.",
            "That's beside the point.",
            "Anyway, let's move on.",
            "Enough about your week.",
        ],
        &["Hold on to the receipt.", "The meeting moved to Monday.", "We talked about the point."],
    ),
    (
        Cue::Advises,
        &[
            "You should get more sleep.",
            "Have you tried yoga?",
            "Why don't you just call him?",
            "If I were you I'd leave.",
            "You need to work on your attitude.",
            "My advice is to wait.",
        ],
        &[
            "You should have every chance.",
            "I should call him.",
            "Do you need to go?",
            "You don't need to decide.",
        ],
    ),
    (
        Cue::Commands,
        &[
            "Fix it now.",
            "Stop talking.",
            "Go and find somebody else.",
            "Listen to me.",
            "Give me the keys.",
            "Okay, just do it.",
            "Do the dishes now.",
            "Be here at 8.",
        ],
        &[
            "Give me a minute.",
            "I fix it now and then.",
            "He told me to stop talking.",
            "Let me fix it.",
            "Do the engineers swear?",
            "do the engineers swear",
            "ok and do the drivers get breaks",
            "ill be here at 8",
            "I'll be here at eight.",
            "We can be here at 8.",
            "I could be here at seven, if that helps.",
            "will you be here at 8",
        ],
    ),
    (
        Cue::Hedges,
        &[
            "I guess it's okay.",
            "It's kind of late.",
            "Maybe we could sort of look at it.",
            "I suppose so.",
            "It's probably a bit difficult, or something.",
        ],
        &[
            "What kind of car is it?",
            "That's kind of you.",
            "I didn't guess.",
            "It may of course rain in May.",
        ],
    ),
    (
        Cue::Fills,
        &[
            "Um, hi.",
            "It was, you know, late.",
            "Basically it's done.",
            "Erm, so yeah.",
            "Well, here we are, uh.",
        ],
        &["Did you know that?", "He slept well.", "You know the answer."],
    ),
    (
        Cue::Humour,
        &[
            "Haha, fair.",
            "I promise I don't bite.",
            "Not my finest hour.",
            "That made me laugh.",
            "Plot twist: I brought cake.",
        ],
        &["It bites.", "It is not a joke.", "The hour was fine."],
    ),
    (
        Cue::Teases,
        &[
            "Just kidding.",
            "Look who decided to show up.",
            "Took you long enough.",
            "You're such a nerd.",
            "I'm only teasing.",
        ],
        &[
            "Look at the plan.",
            "He is not kidding around with dates, is he.",
            "I bet you're tired.",
        ],
    ),
    (
        Cue::Needy,
        &[
            "Please don't be mad at me.",
            "Are we okay? Do you still like me?",
            "I'm so stupid, sorry.",
            "Tell me it's okay.",
            "I hope you don't hate me.",
            "Are you angry with me?",
        ],
        &["Are we okay with the date?", "He was mad.", "Tell me what you see."],
    ),
    (
        Cue::Thanks,
        &[
            "Thank you for coming.",
            "Thanks, that helps.",
            "I'm grateful for the time.",
            "Cheers, see you Monday.",
            "Many thanks.",
        ],
        &["No thanks.", "Thanks to you we are late.", "Thank god it's Friday."],
    ),
    (
        Cue::Appreciates,
        &[
            "I really appreciate your work.",
            "You handled that call so calmly.",
            "I value how direct you are.",
            "You did a great job with the move.",
            "It means a lot that you came.",
            "Thank you for telling me.",
        ],
        &["I don't appreciate that.", "I'd appreciate a reply.", "The value is 40."],
    ),
    (
        Cue::Greets,
        &[
            "Hi Dana.",
            "Good morning, Mr Pell.",
            "Hello there.",
            "See you tomorrow.",
            "Take care, both of you.",
        ],
        &["I said hi to him once.", "The morning is bad.", "I see you are busy."],
    ),
    (
        Cue::Agrees,
        &["Yes, that works for me.", "I agree.", "Sounds good.", "Absolutely.", "Deal."],
        &["I don't agree.", "Yeah right.", "Absolutely not."],
    ),
    (
        Cue::Disagrees,
        &[
            "I see it differently.",
            "I don't think that's fair.",
            "That's not how I remember it.",
            "I disagree with the second point.",
            "I'm not convinced.",
        ],
        &["I agree.", "That's different paint.", "I don't think it's your fault."],
    ),
    (
        Cue::Declines,
        &[
            "I have to say no.",
            "No, thank you.",
            "I can't take another project.",
            "I'd rather not.",
            "My answer is still no.",
            "I won't be able to come.",
        ],
        &["No problem.", "I can't say no to you.", "There is no milk, is there."],
    ),
    (
        Cue::SharesFeeling,
        &[
            "I'm nervous about this.",
            "I feel torn.",
            "It hurt me when you left.",
            "I was really scared that night.",
            "I'm so relieved.",
        ],
        &["I feel like you never listen.", "Are you nervous?", "He was scared."],
    ),
    (
        Cue::Sarcasm,
        &[
            "Oh great, another meeting.",
            "Sure, because that worked so well last time.",
            "Good luck with that.",
            "Thanks for nothing.",
            "Yeah right.",
            "Must be nice.",
        ],
        &[
            "That's great news.",
            "Sure, I can do that.",
            "Good luck on Friday.",
            "Nothing to thank me for.",
        ],
    ),
    (
        Cue::Gibberish,
        &["asdf jkl asdf", "qwertyuiop", "sdkjfh skdjfh", "aaaaaaaaaaaaaa", "xkcdf zzzpqr wtrk"],
        &["hmm", "ok", "Krzysztof", "nooo", "75,000"],
    ),
];

#[test]
fn every_cue_is_found_where_it_is_and_only_there() {
    let mut wrong = Vec::new();
    for (cue, given, not_given) in ROWS {
        assert!(given.len() >= 5 && not_given.len() >= 3, "{} needs more lines", cue.name());
        let name = CueName::Common(*cue);
        for text in given.iter().filter(|text| !read(text).has(&name)) {
            wrong.push(format!("{} missed in: {text}", cue.name()));
        }
        for text in not_given.iter().filter(|text| read(text).has(&name)) {
            wrong.push(format!("{} seen in: {text}", cue.name()));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_cue_has_its_lines() {
    // These need a context or lists of their own and have their own tests.
    let elsewhere = [
        Cue::OverExplains,
        Cue::OffTopic,
        Cue::Insult,
        Cue::Threat,
        Cue::Slur,
        Cue::Sexual,
        Cue::Crisis,
    ];
    for cue in Cue::ALL {
        let rows = ROWS.iter().filter(|row| row.0 == *cue).count();
        assert_eq!(rows, usize::from(!elsewhere.contains(cue)), "{}", cue.name());
    }
}

#[test]
fn taking_up_their_words_is_reflecting_and_parroting_is_not() {
    let reflects = CueName::Common(Cue::Reflects);
    let partner = "The board meets on Friday and I promised them the ninth.";
    for text in [
        "So the board is waiting for the ninth.",
        "You promised the board, and now Friday is ruined for you.",
        "It sounds like the promise to the board is what weighs most.",
        "What I hear is that Friday is the worst of it.",
        "You're saying the board will ask you.",
    ] {
        assert!(answer(partner, text).has(&reflects), "{text}");
    }
    for text in [
        "The board meets on Friday and I promised them the ninth.",
        "So we have a vendor problem.",
        "So the weather is nice.",
        "Is it Friday that the board meets?",
    ] {
        assert!(!answer(partner, text).has(&reflects), "{text}");
    }
}

#[test]
fn long_lines_over_explain() {
    let over = CueName::Common(Cue::OverExplains);
    let words = |count: usize| vec!["word"; count].join(" ");
    let limited = |limit: u32, count: usize| {
        let spec = ReaderSpec { english: true, word_limit: Some(limit), ..ReaderSpec::default() };
        Reader::new(spec).read(&Line::new(&words(count)), &LineContext::default()).has(&over)
    };
    for (limit, count) in [(20, 21), (20, 60), (90, 91), (500, 95), (1, 2)] {
        assert!(limited(limit, count), "{count} words, limit {limit}");
    }
    for (limit, count) in [(20, 20), (90, 90), (500, 40)] {
        assert!(!limited(limit, count), "{count} words, limit {limit}");
    }
    assert!(read(&words(91)).has(&over) && !read(&words(90)).has(&over));
}

#[test]
fn leaving_the_subject_counts_the_second_time() {
    let spec = ReaderSpec {
        english: true,
        topic: phrases(&["launch", "date*", "board"]),
        ..ReaderSpec::default()
    };
    let reader = Reader::new(spec);
    let off = CueName::Common(Cue::OffTopic);
    let partner = Some("What does that do to the customers?");
    let read = |text: &str, strayed: bool| {
        reader.read(&Line::new(text), &LineContext { partner, earlier: &[], strayed })
    };
    for text in [
        "Did you watch the football last night?",
        "My cousin bought a new boat in Spain.",
        "It rains a lot in this town in autumn.",
        "What is your favourite colour of all?",
        "The canteen has soup again, I think it's lentil.",
    ] {
        let (first, second) = (read(text, false), read(text, true));
        assert!(!first.on_topic && !first.has(&off), "{text}");
        assert!(!second.on_topic && second.has(&off), "{text}");
        assert!(second.score < first.score, "{text}");
    }
    for text in [
        "The launch slips.",
        "The customers get a mail tomorrow.",
        "I'm sorry about the mess.",
        "You sound worried.",
        "Okay.",
    ] {
        let second = read(text, true);
        assert!(second.on_topic && !second.has(&off), "{text}");
    }
}
