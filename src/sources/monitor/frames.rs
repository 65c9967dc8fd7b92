//! Cuts a stream of bytes into JSON objects, by their braces and not by lines.

use serde_json::Value;

/// Collects bytes until an object is whole.
#[derive(Debug, Default)]
pub struct Frames {
    bytes: Vec<u8>,
    /// How far they have been looked at.
    at: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

/// What came is no JSON object: its first bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoFrame(pub Vec<u8>);

impl Frames {
    /// Takes in what was received.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes that are waiting for the rest of their object.
    pub fn pending(&self) -> usize {
        self.bytes.len()
    }

    /// The next whole object; `None` until more comes. Bytes that are not UTF-8 become U+FFFD:
    /// names of files may be anything.
    ///
    /// # Errors
    /// When what came is no object, or not JSON.
    #[expect(clippy::should_implement_trait, reason = "it ends and begins again")]
    pub fn next(&mut self) -> Result<Option<Value>, NoFrame> {
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
                        return Err(NoFrame(rest.iter().take(80).copied().collect()));
                    }
                }
            }
            self.at += 1;
            if self.in_string {
                match byte {
                    _ if self.escaped => self.escaped = false,
                    b'\\' => self.escaped = true,
                    b'"' => self.in_string = false,
                    _ => {}
                }
                continue;
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

    /// Forgets what stands before an object.
    fn drop_front(&mut self, count: usize) {
        self.bytes.drain(..count);
        self.at = 0;
    }

    fn cut(&mut self) -> Result<Value, NoFrame> {
        let object: Vec<u8> = self.bytes.drain(..self.at).collect();
        self.at = 0;
        let text = String::from_utf8_lossy(&object);
        serde_json::from_str(&text).map_err(|_| NoFrame(object.iter().take(80).copied().collect()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;

    fn all(frames: &mut Frames) -> Result<Vec<Value>, NoFrame> {
        let mut found = Vec::new();
        while let Some(value) = frames.next()? {
            found.push(value);
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
