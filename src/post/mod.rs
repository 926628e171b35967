//! What leaves the house: mail and webhooks. Both wait in the database until somebody has taken them.
//!
//! ```text
//! mailing (a step, ordered once) -> mails (a row a person) -> taken by one sender -> SMTP -> sent, bounced, later
//! event (found in the tables)    -> deliveries (a row a webhook)      -> HTTP  -> delivered, later
//! ```
//!
//! | file | meaning |
//! | --- | --- |
//! | [`mailing`] | ordering an invitation or a reminder, now or for later; how far it has come |
//! | [`mod@calendar`] | what opens, closes and is mailed when |
//! | [`outbox`] | what is due, made into parcels; how an attempt ended |
//! | [`keys`] | links, Message-IDs and signing keys, made from a seed and the secret of the installation |
//! | [`letter`], [`words`], [`message`] | what a mail says, as text and HTML, and as bytes |
//! | [`smtp`] | the conversation with the mail server |
//! | [`later`] | when to try again (pure) |
//! | [`paper`] | letters to print |
//! | [`stops`] | "no more reminders", and bounces that are told later |
//! | [`webhook`] | other systems that are told of events |
//! | [`sender`] | the work in the background, in passes |
//!
//! # Exactly one mail
//!
//! A mailing exists once (its key is round, audience and step), a person has one mail of it (the primary key), one
//! sender at a time holds a mail, and a mail is marked as being sent before the mail server hears of it. What no
//! client of SMTP can close is the window between the server's last `250` and our commit. When a process dies
//! exactly there, nobody knows whether the mail arrived. **It is sent again**: a person who is never asked is worse than
//! one who is asked twice. The second copy has the same Message-ID, date, links and bytes, so that mail systems can
//! tell it is the same, and both copies work. Each connection has one mail in that window at the most.
//!
//! # Links without stored codes
//!
//! Invitation codes are stored as hashes only, so a link cannot be read from the database; and drawing another one for
//! each reminder would break the link in somebody's hands, or the form that they are just filling in. So a link is
//! made from a random seed in the outbox and a key derived from the installation's secret ([`keys`]): the database
//! alone (a stolen backup, say) gives no link, and a person has the same link in every mail. When the round is over,
//! the seeds are erased, and nobody can make the links again. What this asks people to trust is what
//! `round::invitation` says of whoever holds the links: they could answer in somebody's place, not see how anybody
//! answered. Of anonymous audiences the rows of mails themselves are deleted at the end, since they tell who was
//! reminded; and while a round is open nothing counts its reminders more finely than its progress is shown.

pub mod calendar;
pub mod error;
pub mod keys;
pub mod later;
pub mod letter;
pub mod mailing;
pub mod message;
pub mod outbox;
pub mod paper;
pub mod sender;
pub mod smtp;
pub mod stops;
pub mod webhook;
pub mod words;

pub use error::PostError;
pub use keys::PostKeys;
pub use sender::{Post, Stop};
