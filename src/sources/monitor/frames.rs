//! Cuts a stream of bytes into JSON objects, by their braces and not by lines, and weighs them
//! before anything is built of them.

use serde_json::Value;

/// Collects bytes until an object is whole.
///
/// An object's weight is about the memory that [`Value`] needs for it: `[[0],[0],…]` takes forty
/// times its bytes, `[{"a":0},…]` eighty times. It is counted while bytes are looked at, so that an
/// object that is too heavy is refused before its end has come.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    /// The number of bytes scanned so far.
    at: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
    /// The weight of the object up to there.
    weight: usize,
}

/// A JSON object and its weight.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The JSON object.
    pub value: Value,
    /// Bytes of memory that it takes, about.
    pub weight: usize,
}

/// Why there is no object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// The input is no JSON object; its first bytes.
    Garbage(Vec<u8>),
    /// The object is heavier than the limit.
    TooHeavy,
}

/// Bytes that [`Value`] takes on a machine of 64 bits, allocator included, for the value that
/// begins with, or is separated by, a byte; a byte of text counts as one. An object is a node of a
/// B-tree with space for eleven entries (`alloc::collections::btree::node::LeafNode`), which are
/// half full when entries come in order; an array has space for four values at first, and for twice
/// as many as it needs at last (`RawVec`).
fn weight(byte: u8) -> usize {
    match byte {
        b'{' => 656,
        b'[' => 160,
        b',' => 112,
        // A text has two, and takes 32 bytes however short it is.
        b'"' => 16,
        _ => 1,
    }
}

impl Frames {
    /// Appends received bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes that are waiting for the rest of their object.
    pub fn pending(&self) -> usize {
        self.bytes.len()
    }

    /// The next whole object of at most `most` weight; `None` until more bytes arrive. Bytes that
    /// are not UTF-8 become U+FFFD: names of files may contain them.
    ///
    /// # Errors
    /// When the input is no object, not JSON, or too heavy.
    pub fn next(&mut self, most: usize) -> Result<Option<Frame>, FrameError> {
        while let Some(byte) = self.bytes.get(self.at).copied() {
            if self.depth == 0 {
                match byte {
                    b'{' => self.drop_front(self.at),
                    b' ' | b'\t' | b'\r' | b'\n' => {
                        self.at += 1;
                        continue;
                    }
                    _ => {
                        let rest = self.bytes.get(self.at..).unwrap_or_default();
                        return Err(FrameError::Garbage(rest.iter().take(80).copied().collect()));
                    }
                }
            }
            self.at += 1;
            if self.in_string {
                self.weight += 1;
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
            }
            self.weight += weight(byte);
            if self.weight > most {
                return Err(FrameError::TooHeavy);
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth -= 1,
                _ => {}
            }
            if self.depth == 0 {
                return self.cut().map(Some);
            }
        }
        Ok(None)
    }

    /// Drops the bytes before an object.
    fn drop_front(&mut self, count: usize) {
        self.bytes.drain(..count);
        self.at = 0;
    }

    fn cut(&mut self) -> Result<Frame, FrameError> {
        let object: Vec<u8> = self.bytes.drain(..self.at).collect();
        self.at = 0;
        let weight = std::mem::take(&mut self.weight);
        let text = String::from_utf8_lossy(&object);
        match serde_json::from_str(&text) {
            Ok(value) => Ok(Frame { value, weight }),
            Err(_) => Err(FrameError::Garbage(object.iter().take(80).copied().collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;

    fn all(frames: &mut Frames) -> Result<Vec<Value>, FrameError> {
        let mut found = Vec::new();
        while let Some(frame) = frames.next(usize::MAX)? {
            found.push(frame.value);
        }
        Ok(found)
    }

    #[test]
    fn objects_are_found_whatever_stands_between_them() {
        let text = b"{\"a\": \"}\\\"{\"}\r\n{\n  \"b\": [1, {}]\n}{\"c\":1}{\"d";
        let mut frames = Frames::default();
        let mut found = Vec::new();
        for byte in text {
            frames.push(&[*byte]);
            found.extend(all(&mut frames).unwrap());
        }
        assert_eq!(found.len(), 3);
        assert_eq!(found[0]["a"], "}\"{");
        assert_eq!(frames.pending(), 3);
    }

    #[test]
    fn bytes_that_are_no_text_do_not_cost_the_answer() {
        let mut frames = Frames::default();
        frames.push(b"{\"file\":\"/x/\xff.img\"}");
        assert_eq!(all(&mut frames).unwrap()[0]["file"], "/x/\u{fffd}.img");
    }

    #[test]
    fn what_is_no_object_is_told() {
        for text in [&b"hello"[..], b"{]", b"{1}", b"[1]", b"}"] {
            let mut frames = Frames::default();
            frames.push(text);
            assert!(all(&mut frames).is_err(), "{text:?}");
        }
    }

    /// Bytes of memory that a value takes at least: the standard library's containers, without the
    /// allocator's overhead.
    fn taken(value: &Value) -> usize {
        match value {
            Value::String(text) => text.capacity(),
            Value::Array(values) => {
                values.capacity() * size_of::<Value>() + values.iter().map(taken).sum::<usize>()
            }
            Value::Object(entries) => {
                let nodes = entries.len().div_ceil(11);
                let keys = entries.keys().map(String::capacity).sum::<usize>();
                let node = 11 * (size_of::<Value>() + size_of::<String>()) + 16;
                nodes * node + keys + entries.values().map(taken).sum::<usize>()
            }
            _ => 0,
        }
    }

    #[test]
    fn weight_is_no_less_than_what_a_value_takes() {
        let bombs =
            ["[0],", "{\"a\":0},", "0,", "\"\",", "[],", "{},", "\"abcdefgh\",", "[[0,1]],"];
        for piece in bombs {
            let text = format!("{{\"return\":[{}0]}}", piece.repeat(10_000));
            let mut frames = Frames::default();
            frames.push(text.as_bytes());
            let frame = frames.next(usize::MAX).unwrap().unwrap();
            assert!(frame.weight >= taken(&frame.value), "{piece} {}", frame.weight);
        }
        let many = (0..10_000).map(|nth| format!("\"k{nth}\":0")).collect::<Vec<_>>().join(",");
        let mut frames = Frames::default();
        frames.push(format!("{{{many}}}").as_bytes());
        let frame = frames.next(usize::MAX).unwrap().unwrap();
        assert!(frame.weight >= taken(&frame.value));
    }

    #[test]
    fn what_is_too_heavy_is_refused_before_its_end() {
        let mut frames = Frames::default();
        frames.push(b"{\"return\":[");
        let refused = loop {
            match frames.next(100_000) {
                Ok(None) => frames.push(b"{},"),
                other => break other,
            }
        };
        assert_eq!(refused, Err(FrameError::TooHeavy));
        assert!(frames.pending() < 500);
    }

    #[test]
    fn each_object_has_its_own_weight() {
        let mut frames = Frames::default();
        frames.push(b"{\"a\":[]}{\"a\":[]}");
        let one = frames.next(1000).unwrap().unwrap();
        assert_eq!(frames.next(1000).unwrap().unwrap(), one);
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300), piece in 1usize..40) {
            let mut frames = Frames::default();
            for piece in bytes.chunks(piece) {
                frames.push(piece);
                if all(&mut frames).is_err() {
                    break;
                }
            }
        }
    }
}
