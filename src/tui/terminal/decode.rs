//! Decodes a terminal's input into keys, mouse reports and pastes.
//!
//! Sequences are parsed by the rules of ECMA-48 (5.4) for their parts and their end.
//! A byte that cannot continue a sequence ends it and begins another, a sequence that is
//! too long is dropped, and an incomplete one is given up after a while, so that lost bytes cost one
//! key and never the keyboard.

use std::time::Duration;

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

/// The longest sequence that is waited for, in bytes; those of xterm have up to twenty
/// (xterm, `ctlseqs`, "Mouse Tracking").
const LONGEST: usize = 64;
/// The most that is kept of a paste, in bytes.
const LONGEST_PASTE: usize = 16 << 20;
/// How long the rest of a sequence may take: a terminal sends it in one piece, which a slow line may
/// cut. A lone Escape is known as the key after that.
const REST: Duration = Duration::from_millis(50);
/// The same of a paste, which comes in as many pieces as it needs: were it given up too early, its
/// rest would be taken for keys.
const REST_OF_PASTE: Duration = Duration::from_secs(2);

const ESC: u8 = 0x1b;
const PASTE_END: &[u8] = b"\x1b[201~";

/// Collects bytes until they are an event.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// The beginning of a sequence.
    begun: Vec<u8>,
    /// The text pasted so far.
    paste: Option<Vec<u8>>,
}

/// The meaning of the first bytes.
enum Parsed {
    /// So many bytes are an event, or nothing that has a meaning here.
    Event(usize, Option<Event>),
    /// So many bytes begin a paste.
    Paste(usize),
    /// There must come more.
    More,
}

impl Decoder {
    /// Decodes received bytes; `take` gets the complete events.
    pub(super) fn feed(&mut self, bytes: &[u8], take: &mut dyn FnMut(Event)) {
        self.begun.extend_from_slice(bytes);
        let received = std::mem::take(&mut self.begun);
        let mut rest = received.as_slice();
        while !rest.is_empty() {
            if let Some(paste) = &mut self.paste {
                let Some((pasted, behind)) = end_of_paste(paste, rest) else { return };
                take(Event::Paste(pasted));
                self.paste = None;
                rest = behind;
                continue;
            }
            let used = match step(rest) {
                Parsed::Event(used, event) => {
                    event.into_iter().for_each(&mut *take);
                    used
                }
                Parsed::Paste(used) => {
                    self.paste = Some(Vec::new());
                    used
                }
                Parsed::More if rest.len() < LONGEST => {
                    self.begun = rest.to_vec();
                    return;
                }
                Parsed::More => rest.len(),
            };
            rest = rest.get(used.max(1)..).unwrap_or_default();
        }
    }

    /// The time to wait for the rest of an incomplete sequence; `None` without one.
    pub(super) fn patience(&self) -> Option<Duration> {
        match &self.paste {
            Some(_) => Some(REST_OF_PASTE),
            None => (!self.begun.is_empty()).then_some(REST),
        }
    }

    /// Gives up waiting: the incomplete sequence is a key of its own, the paste so far, or nothing.
    pub(super) fn give_up(&mut self) -> Option<Event> {
        if let Some(paste) = self.paste.take() {
            return Some(Event::Paste(String::from_utf8_lossy(&paste).into_owned()));
        }
        match *std::mem::take(&mut self.begun).as_slice() {
            [ESC] => Some(key(KeyCode::Esc, KeyModifiers::NONE)),
            [ESC, letter @ (b'[' | b'O')] => Some(alt(letter.into())),
            _ => None,
        }
    }
}

/// Appends to a paste; at its end, returns its text and the bytes after it.
fn end_of_paste<'a>(paste: &mut Vec<u8>, bytes: &'a [u8]) -> Option<(String, &'a [u8])> {
    // The end may have begun with the last piece.
    let seen = paste.len().saturating_sub(PASTE_END.len() - 1);
    let before = paste.len();
    paste.extend_from_slice(bytes);
    let new = paste.get(seen..).unwrap_or_default();
    let end = new.windows(PASTE_END.len()).position(|window| window == PASTE_END);
    let Some(end) = end else {
        // The last bytes may be a part of the end.
        let last = paste.len().saturating_sub(PASTE_END.len() - 1);
        if last > LONGEST_PASTE {
            paste.drain(LONGEST_PASTE..last);
        }
        return None;
    };
    let behind = (seen + end + PASTE_END.len()).saturating_sub(before);
    paste.truncate(seen + end);
    paste.truncate(LONGEST_PASTE);
    let text = String::from_utf8_lossy(paste).into_owned();
    Some((text, bytes.get(behind..).unwrap_or_default()))
}

fn step(bytes: &[u8]) -> Parsed {
    match *bytes {
        [ESC] | [ESC, b'[' | b'O'] => Parsed::More,
        [ESC, b'[', ..] => control_sequence(bytes),
        [ESC, b'O', final_byte, ..] => {
            // SS3, which keys of the cursor and the keypad send in application mode.
            Parsed::Event(3, named(final_byte, KeyModifiers::NONE))
        }
        [ESC, ESC, ..] => Parsed::Event(1, Some(key(KeyCode::Esc, KeyModifiers::NONE))),
        [ESC, ref rest @ ..] => match letter(rest) {
            Parsed::Event(used, Some(Event::Key(event))) => {
                let modifiers = event.modifiers | KeyModifiers::ALT;
                Parsed::Event(1 + used, Some(key(event.code, modifiers)))
            }
            Parsed::Event(used, event) => Parsed::Event(1 + used, event),
            other => other,
        },
        _ => letter(bytes),
    }
}

/// A control character, or a letter in UTF-8.
fn letter(bytes: &[u8]) -> Parsed {
    let Some(first) = bytes.first().copied() else { return Parsed::More };
    let plain = |code| Parsed::Event(1, Some(key(code, KeyModifiers::NONE)));
    let control = |letter: u8| {
        Parsed::Event(1, Some(key(KeyCode::Char(letter.into()), KeyModifiers::CONTROL)))
    };
    match first {
        b'\r' => plain(KeyCode::Enter),
        b'\t' => plain(KeyCode::Tab),
        0x7f => plain(KeyCode::Backspace),
        0 => control(b' '),
        0x01..=0x1a => control(first - 1 + b'a'),
        0x1c..=0x1f => control(first - 0x1c + b'4'),
        0x20..=0x7e => Parsed::Event(1, Some(typed(first.into()))),
        _ => {
            let length = match first {
                0xc2..=0xdf => 2,
                0xe0..=0xef => 3,
                0xf0..=0xf4 => 4,
                _ => return Parsed::Event(1, None),
            };
            let known = bytes.get(..length).unwrap_or(bytes);
            match std::str::from_utf8(known) {
                Ok(text) => Parsed::Event(length, text.chars().next().map(typed)),
                Err(error) if error.error_len().is_none() => Parsed::More,
                // The following byte begins another sequence.
                Err(error) => Parsed::Event(error.error_len().unwrap_or(1), None),
            }
        }
    }
}

/// `ESC [`, parameters, intermediate bytes, a final byte.
fn control_sequence(bytes: &[u8]) -> Parsed {
    let inner = bytes.get(2..).unwrap_or_default();
    match *inner {
        // The Linux console's F1 to F5.
        [b'[', number @ b'A'..=b'E', ..] => {
            let code = KeyCode::F(number - b'A' + 1);
            return Parsed::Event(4, Some(key(code, KeyModifiers::NONE)));
        }
        // The mouse as terminals without SGR coordinates report it: three bytes more.
        [b'M', button, column, row, ..] => {
            let at = [column, row].map(|byte| u16::from(byte.saturating_sub(32)));
            let event = button.checked_sub(32).and_then(|button| mouse(button, at, false));
            return Parsed::Event(6, event);
        }
        [b'['] | [b'M', ..] => return Parsed::More,
        _ => {}
    }
    let is_inner = |byte: &u8| (0x20..=0x3f).contains(byte);
    let length = inner.iter().take_while(|byte| is_inner(byte)).count();
    let Some(final_byte) = inner.get(length).copied() else { return Parsed::More };
    if !(0x40..=0x7e).contains(&final_byte) {
        // The sequence was cut off: this byte begins another.
        return Parsed::Event(2 + length, None);
    }
    let parameters = inner.get(..length).unwrap_or_default();
    let used = 2 + length + 1;
    if parameters == b"200" && final_byte == b'~' {
        return Parsed::Paste(used);
    }
    Parsed::Event(used, sequence(parameters, final_byte))
}

fn sequence(parameters: &[u8], final_byte: u8) -> Option<Event> {
    let text = std::str::from_utf8(parameters).ok()?;
    if let Some(report) = text.strip_prefix('<') {
        let [button, column, row] = numbers(report)?;
        let is_up = final_byte == b'm';
        let is_mouse = is_up || final_byte == b'M';
        let button = u8::try_from(button).ok().filter(|_| is_mouse)?;
        return mouse(button, [column, row], is_up);
    }
    let mut fields = text.split(';').map(|field| {
        // Parts after a colon are not needed here.
        field.split(':').next().unwrap_or_default().parse::<u32>().ok()
    });
    let (first, second) = (fields.next().flatten(), fields.next().flatten());
    let modifiers = modifiers(second.unwrap_or(1));
    match final_byte {
        b'M' => {
            let [button, column, row] = numbers(text)?;
            mouse(u8::try_from(button).ok()?.checked_sub(32)?, [column, row], false)
        }
        b'~' => {
            let row = FUNCTION_KEYS.iter().find(|row| Some(row.0) == first)?;
            Some(key(row.1, modifiers))
        }
        b'u' => {
            let code = match first? {
                9 if modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
                9 => KeyCode::Tab,
                13 => KeyCode::Enter,
                27 => KeyCode::Esc,
                127 => KeyCode::Backspace,
                other => KeyCode::Char(char::from_u32(other).filter(|c| !c.is_control())?),
            };
            Some(key(code, modifiers))
        }
        b'Z' => Some(key(KeyCode::BackTab, KeyModifiers::SHIFT)),
        final_byte => named(final_byte, modifiers),
    }
}

/// Keys by their final byte, after `ESC [` and `ESC O` (xterm, `ctlseqs`, "PC-Style Function
/// Keys", "VT220-Style Function Keys").
const NAMED_KEYS: [(u8, KeyCode); 10] = [
    (b'A', KeyCode::Up),
    (b'B', KeyCode::Down),
    (b'C', KeyCode::Right),
    (b'D', KeyCode::Left),
    (b'F', KeyCode::End),
    (b'H', KeyCode::Home),
    (b'P', KeyCode::F(1)),
    (b'Q', KeyCode::F(2)),
    (b'R', KeyCode::F(3)),
    (b'S', KeyCode::F(4)),
];

/// Keys by the number before `~`, in the same place; 1 and 4 are the Linux console's, 7 and 8 those
/// of rxvt.
const FUNCTION_KEYS: [(u32, KeyCode); 28] = [
    (1, KeyCode::Home),
    (2, KeyCode::Insert),
    (3, KeyCode::Delete),
    (4, KeyCode::End),
    (5, KeyCode::PageUp),
    (6, KeyCode::PageDown),
    (7, KeyCode::Home),
    (8, KeyCode::End),
    (11, KeyCode::F(1)),
    (12, KeyCode::F(2)),
    (13, KeyCode::F(3)),
    (14, KeyCode::F(4)),
    (15, KeyCode::F(5)),
    (17, KeyCode::F(6)),
    (18, KeyCode::F(7)),
    (19, KeyCode::F(8)),
    (20, KeyCode::F(9)),
    (21, KeyCode::F(10)),
    (23, KeyCode::F(11)),
    (24, KeyCode::F(12)),
    (25, KeyCode::F(13)),
    (26, KeyCode::F(14)),
    (28, KeyCode::F(15)),
    (29, KeyCode::F(16)),
    (31, KeyCode::F(17)),
    (32, KeyCode::F(18)),
    (33, KeyCode::F(19)),
    (34, KeyCode::F(20)),
];

fn named(final_byte: u8, modifiers: KeyModifiers) -> Option<Event> {
    NAMED_KEYS.iter().find(|row| row.0 == final_byte).map(|row| key(row.1, modifiers))
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

/// A letter as it was typed.
fn typed(letter: char) -> Event {
    let shift = if letter.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE };
    key(KeyCode::Char(letter), shift)
}

fn alt(letter: char) -> Event {
    match typed(letter) {
        Event::Key(event) => key(event.code, event.modifiers | KeyModifiers::ALT),
        event => event,
    }
}

/// Bit 0 of one less than the number is shift, 1 alt, 2 control (xterm, `ctlseqs`, "Modifier
/// Keys").
fn modifiers(number: u32) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let rows = [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)];
    rows.iter().filter(|row| bits & row.0 != 0).map(|row| row.1).collect()
}

/// Three numbers of a mouse report.
fn numbers(text: &str) -> Option<[u16; 3]> {
    let mut fields = text.split(';').map(|field| field.parse().ok());
    Some([fields.next()??, fields.next()??, fields.next()??])
}

/// A mouse report: two bits of the button, three of modifiers, motion, two more bits of the button
/// (xterm, `ctlseqs`, "Mouse Tracking"); column and row count from one.
fn mouse(report: u8, [column, row]: [u16; 2], is_up: bool) -> Option<Event> {
    let number = (report & 3) | ((report & 0xc0) >> 4);
    let button = [MouseButton::Left, MouseButton::Middle, MouseButton::Right];
    let button = button.get(usize::from(number)).copied();
    let is_motion = report & 0x20 != 0;
    let kind = match (number, button, is_motion) {
        (_, Some(button), false) if is_up => MouseEventKind::Up(button),
        (_, Some(button), false) => MouseEventKind::Down(button),
        (_, Some(button), true) => MouseEventKind::Drag(button),
        // Without SGR coordinates the released button is not known.
        (3, None, false) => MouseEventKind::Up(MouseButton::Left),
        (3..=5, None, true) => MouseEventKind::Moved,
        (4, None, false) => MouseEventKind::ScrollUp,
        (5, None, false) => MouseEventKind::ScrollDown,
        (6, None, false) => MouseEventKind::ScrollLeft,
        (7, None, false) => MouseEventKind::ScrollRight,
        _ => return None,
    };
    let modifiers = modifiers(u32::from(report >> 2 & 7) + 1);
    let (column, row) = (column.saturating_sub(1), row.saturating_sub(1));
    Some(Event::Mouse(MouseEvent { kind, column, row, modifiers }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::*;

    fn decode(bytes: &[u8]) -> (Vec<Event>, Decoder) {
        let (mut decoder, mut events) = (Decoder::default(), Vec::new());
        decoder.feed(bytes, &mut |event| events.push(event));
        (events, decoder)
    }

    fn spelt(events: &[Event]) -> String {
        let words = events.iter().map(|event| match event {
            Event::Key(event) => crate::tui::keymap::Chord::from_event(*event).unwrap().to_string(),
            Event::Mouse(event) => format!("{:?}@{},{}", event.kind, event.column, event.row),
            Event::Paste(text) => format!("paste({text})"),
            event => format!("{event:?}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn keys_of_many_terminals_are_known() {
        for (bytes, want) in [
            (&b"qQ\r\t\x7f"[..], "q Q enter tab backspace"),
            (b"\x03\x1a\n\0\x1c", "ctrl-c ctrl-z ctrl-j ctrl-space ctrl-4"),
            ("ä€😀".as_bytes(), "ä € 😀"),
            (b"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F", "up down right left home end"),
            (b"\x1bOA\x1bOP\x1bOS", "up F1 F4"),
            (b"\x1b[1;5A\x1b[1;3D\x1b[1;2R", "ctrl-up alt-left shift-F3"),
            (b"\x1b[3~\x1b[5~\x1b[6;5~\x1b[15~\x1b[24~", "del pgup ctrl-pgdn F5 F12"),
            (b"\x1b[[A\x1b[[E", "F1 F5"),
            (b"\x1bx\x1bX\x1b\x01\x1b\xc3\xa4", "alt-x alt-X ctrl-alt-a alt-ä"),
            (b"\x1b[Z\x1b[97;5u\x1b[13;2u\x1b[27u", "shift-tab ctrl-a shift-enter esc"),
            (b"\x1b\x1b[A", "esc up"),
            (b"\x1b[<0;25;2M\x1b[<0;25;2m", "Down(Left)@24,1 Up(Left)@24,1"),
            (b"\x1b[<64;1;1M\x1b[<0;0;0M", "ScrollUp@0,0 Down(Left)@0,0"),
            (b"\x1b[M \x21\x22\x1b[32;5;6M", "Down(Left)@0,1 Down(Left)@4,5"),
            (b"\x1b[200~a\x1b[Bq\x1b[201~q", "paste(a\u{1b}[Bq) q"),
            // Unsolicited answers, and sequences of no key.
            (b"\x1b[?1;2cq\x1b[999~q\x1b[Iq\x1b[<999999;1;1Mq", "q q q q"),
        ] {
            let (events, decoder) = decode(bytes);
            assert_eq!(spelt(&events), want);
            assert_eq!(decoder.patience(), None, "{want}");
        }
    }

    #[test]
    fn what_is_cut_off_is_given_up_and_costs_no_more_than_itself() {
        for (bytes, left) in [
            (&b"\x1b"[..], "esc"),
            (b"\x1b[", "alt-["),
            (b"\x1bO", "alt-O"),
            (b"\x1b[<", ""),
            (b"\x1b[<0;1", ""),
            (b"\x1b[20", ""),
            (b"\x1b[M ", ""),
            (b"\x1b[[", ""),
            (b"\xe2\x82", ""),
            (b"\x1b[200~text", "paste(text)"),
            (b"\x1b[200~text\x1b[20", "paste(text\u{1b}[20)"),
        ] {
            let (events, mut decoder) = decode(bytes);
            assert_eq!(spelt(&events), "", "{left}");
            assert!(decoder.patience().is_some());
            let events: Vec<Event> = decoder.give_up().into_iter().collect();
            assert_eq!(spelt(&events), left);
            assert_eq!(decoder.patience(), None);
            let mut after = Vec::new();
            decoder.feed(b"q", &mut |event| after.push(event));
            assert_eq!(spelt(&after), "q");
        }
    }

    #[test]
    fn a_byte_that_cannot_go_on_counts_for_itself() {
        for (bytes, want) in [
            (&b"\x1b[<\x03"[..], "ctrl-c"),
            (b"\x1b[<0;\x1b[A", "up"),
            (b"\xe2\x82q", "q"),
            (b"\xff\xc0q", "q"),
        ] {
            assert_eq!(spelt(&decode(bytes).0), want);
        }
        let (events, mut decoder) = decode(&[b"\x1b[".as_slice(), &[b'0'; LONGEST]].concat());
        assert_eq!((events.len(), decoder.patience()), (0, None));
        let mut after = Vec::new();
        decoder.feed(b"q", &mut |event| after.push(event));
        assert_eq!(spelt(&after), "q");
    }

    #[test]
    fn a_paste_without_end_takes_no_more_than_its_limit() {
        let (_, mut decoder) = decode(b"\x1b[200~");
        let mut events = Vec::new();
        let piece = vec![b'x'; 1 << 16];
        for _ in 0..=LONGEST_PASTE >> 16 {
            decoder.feed(&piece, &mut |event| events.push(event));
        }
        assert!(decoder.paste.as_ref().unwrap().len() <= LONGEST_PASTE + (2 << 16));
        decoder.feed(b"\x1b[201~q", &mut |event| events.push(event));
        assert!(matches!(&events[0], Event::Paste(text) if text.len() == LONGEST_PASTE));
        assert_eq!(spelt(&events[1..]), "q");
    }

    proptest! {
        #[test]
        fn pieces_make_no_difference_and_nothing_is_waited_for_without_end(
            bytes in prop::collection::vec(
                prop::sample::select(b"\x1b[O<M;~01259mAZqu\x03\xc3\xa4".to_vec()), 0..60),
            piece in 1usize..9,
        ) {
            let (whole, mut decoder) = decode(&bytes);
            let (mut pieces, mut events) = (Decoder::default(), Vec::new());
            for piece in bytes.chunks(piece) {
                pieces.feed(piece, &mut |event| events.push(event));
            }
            assert_eq!(whole, events);
            assert_eq!(decoder.give_up(), pieces.give_up());
            assert_eq!(decoder.patience(), None);
        }

        #[test]
        fn any_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let (_, mut decoder) = decode(&bytes);
            decoder.give_up();
            assert_eq!(decoder.patience(), None);
        }
    }
}
