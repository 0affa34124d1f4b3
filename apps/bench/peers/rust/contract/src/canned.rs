//! The answers of peers that only have a socket, octet for octet as long as those of the others, and as much reading as
//! tells where a request ends: the empty line, and behind it 1024 octets where the request begins with a P. Nothing else
//! is looked at. Knows no socket.

use std::sync::{OnceLock, RwLock};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use memchr::memmem::Finder;

use crate::{closes, date, OCTETS, TEXT};

const ECHO_OCTETS: usize = 1024;
const HEAD_END: &[u8] = b"\r\n\r\n";

/// As large as the pieces that real servers read.
pub const READ_OCTETS: usize = 16 * 1024;

struct Answers {
    hello: Vec<u8>,
    echo_head: Vec<u8>,
}

static ANSWERS: OnceLock<RwLock<Answers>> = OnceLock::new();

/// Makes the answers, and again whenever a second is over, as servers do with their Date. Call it once, first.
pub fn prepare() {
    ANSWERS.get_or_init(|| RwLock::new(answers()));
    thread::spawn(|| loop {
        thread::sleep(until_next_second());
        *current().write().expect("nobody panics with it") = answers();
    });
}

/// One connection's requests, all of one kind. Under `PEER_CLOSES` what is given out is its last answer.
pub struct CannedConnection {
    /// A request that is not whole yet.
    rest: Vec<u8>,
    head_end: Finder<'static>,
    closes: bool,
}

impl CannedConnection {
    pub fn new() -> Self {
        Self {
            rest: Vec::new(),
            head_end: Finder::new(HEAD_END),
            closes: closes(),
        }
    }

    /// Whether the connection has to be closed behind its answers.
    pub fn closes(&self) -> bool {
        self.closes
    }

    /// Replaces `out` by the answers to all requests that are whole now; none leave it empty.
    pub fn push(&mut self, octets: &[u8], out: &mut Vec<u8>) {
        out.clear();
        if self.rest.is_empty() {
            let end = self.answer(octets, out);
            self.rest.extend_from_slice(&octets[end..]);
        } else {
            let mut all = std::mem::take(&mut self.rest);
            all.extend_from_slice(octets);
            let end = self.answer(&all, out);
            all.drain(..end);
            self.rest = all;
        }
    }

    /// Gives where the last whole request ends.
    fn answer(&self, all: &[u8], out: &mut Vec<u8>) -> usize {
        let content_octets = if all.first() == Some(&b'P') {
            ECHO_OCTETS
        } else {
            0
        };
        let answers = current().read().expect("nobody panics with it");
        let mut end = 0;
        while let Some(head_octets) = self.head_end.find(&all[end..]) {
            let content = end + head_octets + HEAD_END.len();
            if content + content_octets > all.len() {
                break;
            }
            end = content + content_octets;
            if content_octets == 0 {
                out.extend_from_slice(&answers.hello);
            } else {
                out.extend_from_slice(&answers.echo_head);
                out.extend_from_slice(&all[content..end]);
            }
        }
        end
    }
}

impl Default for CannedConnection {
    fn default() -> Self {
        Self::new()
    }
}

fn current() -> &'static RwLock<Answers> {
    ANSWERS.get().expect("prepared first")
}

fn answers() -> Answers {
    let mut hello = head(TEXT, 5).into_bytes();
    hello.extend_from_slice(b"hello");
    Answers {
        hello,
        echo_head: head(OCTETS, ECHO_OCTETS).into_bytes(),
    }
}

fn head(content_type: &str, octets: usize) -> String {
    let connection = if closes() {
        "Connection: close\r\n"
    } else {
        ""
    };
    format!(
        "HTTP/1.1 200 OK\r\nDate: {}\r\nContent-Type: {content_type}\r\n\
         Content-Length: {octets}\r\n{connection}\r\n",
        date()
    )
}

fn until_next_second() -> Duration {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Duration::from_nanos(1_000_000_000 - u64::from(now.subsec_nanos()))
}
