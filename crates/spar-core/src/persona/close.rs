//! How much of the question in a line a block takes in. The authors' priorities settle between
//! blocks that are as close; what names only a word at the edge of the question comes after what
//! names its heart.

use super::offline::{OfflineScript, ReplyBlock};
use super::rank::Rank;
use crate::reading::Topic;

/// What names less than this share of what the closest names is not about the same.
const SHARE: f64 = 0.5;
/// The same of a line that asks nothing.
const SHARE_OF_STATED: f64 = 0.6;
/// What names this share of what is given back answers to it.
const MOST: f64 = 0.5;

impl OfflineScript {
    /// Puts the blocks that name but the edge of the question after those that name its heart.
    /// What is tied to the line by more than its phrases keeps its place.
    pub(super) fn prefer_heart(&self, fitting: &mut [(Rank, usize)], topic: &Topic) {
        let closeness: Vec<Option<f64>> = fitting
            .iter()
            .map(|(rank, at)| {
                rank.is_on_subject().then(|| self.blocks[*at].closeness(topic)).flatten()
            })
            .collect();
        let closest = closeness.iter().flatten().copied().fold(0.0, f64::max);
        let share = if topic.asks() { SHARE } else { SHARE_OF_STATED };
        for ((rank, _), close) in fitting.iter_mut().zip(closeness) {
            if close.is_some_and(|close| close <= closest * share && closest > 0.0) {
                *rank = if topic.asks() { rank.edged() } else { rank.lowered() };
            }
        }
    }

    /// What names nothing of the question itself comes after not knowing; where the question may
    /// mean what stands beside it, only after what does name some.
    pub(super) fn prefer_named(&self, fitting: &mut [(Rank, usize)], topic: &Topic) {
        let names = |at: usize| {
            let (phrases, tied_elsewhere) = self.blocks[at].ties();
            phrases.is_empty() || tied_elsewhere || topic.heart_names(&phrases)
        };
        let named: Vec<bool> =
            fitting.iter().map(|(rank, at)| !rank.is_on_subject() || names(*at)).collect();
        let by_phrase = |at: usize| self.blocks[at].rests_on_phrases();
        let any = fitting
            .iter()
            .zip(&named)
            .any(|((rank, at), named)| *named && rank.is_on_subject() && by_phrase(*at));
        for ((rank, at), named) in fitting.iter_mut().zip(named) {
            if !named {
                let aside = self.blocks[*at].closeness(topic).is_none_or(|close| close <= 0.0);
                *rank = match (topic.leans() && !aside, any) {
                    (false, _) => rank.lowered(),
                    (true, true) => rank.edged(),
                    (true, false) => *rank,
                };
            }
        }
    }

    /// What is no answer by its own account and names less than half of the question comes after
    /// not knowing. Of what wants a yes or no much is an answer that was not meant for one.
    pub(super) fn prefer_answers(&self, fitting: &mut [(Rank, usize)], topic: &Topic) {
        let most = topic.weight() * MOST;
        for (rank, at) in fitting.iter_mut().filter(|(rank, _)| rank.is_on_subject()) {
            let block = &self.blocks[*at];
            let remarks = !block.expects_question()
                && block.closeness(topic).is_some_and(|close| close < most);
            if remarks && !block.has_long_turn_in(topic) {
                *rank = rank.lowered();
            }
        }
    }

    /// Where the line gives back what was heard and asks whether it is so, a block that names less
    /// than most of it, and none of the asking, comes after a plain yes.
    pub(super) fn prefer_plain_yes(&self, fitting: &mut [(Rank, usize)], topic: &Topic) {
        let most = topic.weight() * MOST;
        for (rank, at) in fitting {
            let block = &self.blocks[*at];
            if rank.is_answer()
                && block.closeness(topic).is_some_and(|close| close < most)
                && !block.has_long_turn_in(topic)
            {
                *rank = rank.lowered();
            }
        }
    }
}

impl ReplyBlock {
    /// How much of the question it names; `None` where not only phrases tie it to the line.
    pub(super) fn closeness(&self, topic: &Topic) -> Option<f64> {
        let (phrases, tied_elsewhere) = self.ties();
        (!phrases.is_empty() && !tied_elsewhere).then(|| topic.weight_of(&phrases))
    }
}
