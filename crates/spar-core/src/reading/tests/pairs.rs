//! Two ways to say it: the better one must win, whatever its length.

use super::super::{LineContext, ReaderSpec};
use super::{hard_reader, reader};
use crate::language::Line;

/// Better, worse. Grouped by walk of life.
const PAIRS: &[(&str, &str)] = &[
    // Work.
    (
        "The release slips by a week, to the fourteenth.",
        "So, there have been some challenges with the release, and I guess we might be a little behind where we wanted to be.",
    ),
    (
        "I missed that. It's on me.",
        "Nobody told me it was due, so it's really not my fault that it slipped through.",
    ),
    (
        "What's been going on in the mornings?",
        "You're always late, and everybody has noticed it by now.",
    ),
    (
        "I can't take this on before June.",
        "I mean, maybe I could sort of try to squeeze it in, I don't know, if it helps?",
    ),
    (
        "You stayed late three times this week. I saw that, and I'd like to take something off your plate.",
        "You should manage your time better.",
    ),
    ("I see it differently. May I tell you why?", "That's nonsense, and you know it."),
    (
        "Let's look at it together on Thursday at ten.",
        "We should probably touch base at some point soon, more or less.",
    ),
    (
        "In the last two reviews you interrupted Mira four times, and she stopped talking.",
        "You're rude.",
    ),
    (
        "It sounds like you felt passed over when the lead went to Joel.",
        "Oh great, here we go again about the lead position, as if there was nothing else to talk about.",
    ),
    // Service.
    (
        "You were promised a call and none came. I'm sorry.",
        "Calm down, please, there is no reason to shout at me about this.",
    ),
    (
        "I'll ring you at four, whatever I find out.",
        "Somebody will probably get back to you at some point.",
    ),
    (
        "We printed it wrong. I'll have it reprinted tonight.",
        "You approved the proof, so you should have checked the date before you sent it.",
    ),
    (
        "That must be exhausting, after three calls.",
        "Our policy is five working days, like for everyone else who orders with us.",
    ),
    (
        "Which would help you more: a refund, or a new one by Friday?",
        "You have to take the voucher.",
    ),
    (
        "I don't know yet. I'll find out and call you back by noon.",
        "It's another department, so there's nothing I can do for you here.",
    ),
    ("What would put this right for you?", "Whatever. Fill in the form."),
    (
        "You're right, that letter was confusing.",
        "Nobody else has had a problem with that letter, to be honest.",
    ),
    // Health.
    (
        "What do the cigarettes do for you?",
        "You need to stop smoking, you know what the risks are.",
    ),
    (
        "It's your decision. I won't push.",
        "You have to quit, just say yes and we'll set a date for it today.",
    ),
    ("Lying awake like that sounds frightening. What goes through your mind?", "You'll be fine."),
    (
        "I have hard news about the scan. Would you like your daughter to be with you?",
        "It's not that bad, others have it worse.",
    ),
    (
        "I'm not coping, and I need help with the nights.",
        "It's fine really, I'm just a bit tired, I guess, don't worry about me.",
    ),
    (
        "So part of you wants to stop, and part of you needs that first one.",
        "That's just an excuse.",
    ),
    (
        "You've been carrying this alone since spring, and that must be so heavy.",
        "Have you tried yoga?",
    ),
    ("What has helped before?", "Why don't you just try the patches like everybody else does?"),
    ("Thank you for telling me. That took courage.", "You should have told me that months ago."),
    // Social.
    (
        "I can't lend you money. I'd rather help you call the bank.",
        "You always come to me when you're broke and you never pay it back.",
    ),
    (
        "How has it been, starting again here?",
        "Moving is easy, you just have to join a club or something and you'll be fine.",
    ),
    (
        "I felt left out when I heard about the party from Tom.",
        "You're so selfish, you only ever think about yourself.",
    ),
    (
        "I've enjoyed this. Another coffee next Thursday, if you like?",
        "Come on, don't be difficult, just give me your number already.",
    ),
    (
        "I was harsh yesterday. I'm sorry.",
        "I'm sorry you feel that way about what I said yesterday.",
    ),
    ("Take your time, no pressure.", "You owe me an answer."),
    (
        "I'm not comfortable with jokes about my weight. Please stop.",
        "Oh sure, hilarious, because that never gets old with you.",
    ),
    ("I can see why you're hurt. I forgot the day, and I should have called.", "Get over it."),
    ("What did you mean by that?", "What's your problem?"),
    // Negotiation.
    (
        "I'm asking for 78,000, because I've run two desks since January.",
        "I was sort of wondering if maybe there was something you could do about my pay?",
    ),
    (
        "What would you need to see to say yes?",
        "Take it or leave it, this is my final offer and I won't wait.",
    ),
    (
        "I can't match that price. Here's what I can do instead.",
        "They're amateurs, you'll regret it by summer.",
    ),
    (
        "You have to defend every line, and a fifteen percent cut sounds tough. What matters most to keep?",
        "That's not my problem.",
    ),
    (
        "The heating has been off since the third. Which day will it work?",
        "You're the worst landlord, fix it now or I stop paying you.",
    ),
    (
        "I'd like 150 off December, since the heaters cost us ninety.",
        "You have to knock half off, everyone else would have done it.",
    ),
    (
        "I hear that the budget is fixed until April. What could we move then?",
        "Oh great, the budget. Sure, because there's always money for the managers.",
    ),
    (
        "To sum up: 43,500, one year, four-hour response.",
        "So, yeah, basically it's kind of a package, with quite a few things in it, and so on.",
    ),
    (
        "I need a day to think about it.",
        "Um, well, I don't know, maybe, I guess it's okay, if you want.",
    ),
];

#[test]
fn the_better_line_wins() {
    assert!(PAIRS.len() >= 40);
    let (reader, hard) = (reader(), hard_reader());
    let context = LineContext::default();
    let mut lost = Vec::new();
    for (better, worse) in PAIRS {
        let score = |text: &str| {
            let line = Line::new(text);
            (reader.read(&line, &context).score, hard.read(&line, &context).score)
        };
        let ((good, good_hard), (bad, bad_hard)) = (score(better), score(worse));
        if good <= bad || good_hard <= bad_hard {
            lost.push(format!("{good}/{good_hard} {better}  <=  {bad}/{bad_hard} {worse}"));
        }
    }
    assert!(lost.len() * 10 <= PAIRS.len(), "{lost:#?}");
}

#[test]
fn the_better_line_is_not_simply_the_longer_one() {
    let longer = PAIRS.iter().filter(|(better, worse)| better.len() > worse.len()).count();
    assert!(longer * 2 <= PAIRS.len(), "{longer} of {}", PAIRS.len());
}

#[test]
fn the_empty_specification_reads_no_language() {
    // `english` is off unless a scenario says otherwise, so that nothing is scored by accident.
    assert!(!ReaderSpec::default().english);
}
