//! The words and operators of a shell script: POSIX sh, and the parts of bash that hooks commonly use.
//!
//! Splitting stops at the first construct that is not made of words: compound punctuation, here-documents, unbalanced
//! quotes. The part before it still counts.

use std::str::Chars;

/// The maximum depth of nested substitutions. Deeper ones count as unreadable, so that no input overflows the stack.
const DEEPEST_NESTING: u8 = 16;

/// One piece of a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word of a command.
    Word(Word),
    /// `&&`
    And,
    /// `||`
    Or,
    /// `|` or `|&`
    Pipe,
    /// `;` or a line end: the command before it runs to its end first.
    End,
    /// `&`: the command before it runs in the background.
    Background,
    /// From here on the script can't be split into words. Only one [`Token::Background`] may follow: it says that the
    /// rest contains a lone `&`.
    Opaque,
}

/// One word, without its quotes and backslashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    /// The text; each expansion in it is a `$`.
    pub text: String,
    /// It contains no expansion, so the command gets exactly this text.
    pub literal: bool,
    /// The source of the command substitutions in it: `$(...)` or backquotes; empty if there are none.
    pub inside: String,
    /// A part of it is quoted, so it is never a keyword.
    pub quoted: bool,
}

impl Word {
    /// A word that is just its text.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), literal: true, inside: String::new(), quoted: false }
    }

    /// The name of a program without its folder; empty if the word is not literal.
    pub(super) fn base_name(&self) -> &str {
        let text = if self.literal { self.text.as_str() } else { "" };
        text.rsplit('/').next().unwrap_or_default()
    }

    /// Whether the word is certainly this text.
    pub(super) fn is(&self, text: &str) -> bool {
        self.literal && self.text == text
    }
}

/// Splits a script. Redirections and comments are left out.
pub(super) fn tokens(script: &str) -> Vec<Token> {
    let mut lexer = Lexer { rest: script.chars() };
    let mut tokens = Vec::new();
    loop {
        match lexer.token() {
            Ok(Some(token)) => tokens.push(token),
            Ok(None) => return tokens,
            Err(UnreadableShell) => {
                tokens.push(Token::Opaque);
                if has_lone_ampersand(lexer.rest.as_str()) {
                    tokens.push(Token::Background);
                }
                return tokens;
            }
        }
    }
}

struct UnreadableShell;

struct Lexer<'s> {
    rest: Chars<'s>,
}

impl<'s> Lexer<'s> {
    fn token(&mut self) -> Result<Option<Token>, UnreadableShell> {
        loop {
            self.skip_blanks();
            let Some(next) = self.peek() else { return Ok(None) };
            match next {
                '#' => while self.peek().is_some_and(|c| c != '\n') && self.rest.next().is_some() {},
                '(' | ')' => return Err(UnreadableShell),
                '<' | '>' => self.redirection()?,
                '&' if self.rest.as_str().starts_with("&>") => {
                    self.rest.next();
                    self.redirection()?;
                }
                '\n' | ';' | '&' | '|' => return self.operator().map(Some),
                _ => {
                    let word = self.word()?;
                    let is_descriptor = !word.quoted && word.literal && word.text.chars().all(|c| c.is_ascii_digit());
                    if !is_descriptor || !matches!(self.peek(), Some('<' | '>')) {
                        return Ok(Some(Token::Word(word)));
                    }
                }
            }
        }
    }

    fn operator(&mut self) -> Result<Token, UnreadableShell> {
        const OPERATORS: [(&str, Token); 7] = [
            ("&&", Token::And),
            ("||", Token::Or),
            ("|&", Token::Pipe),
            ("|", Token::Pipe),
            ("&", Token::Background),
            ("\n", Token::End),
            (";", Token::End),
        ];
        if self.rest.as_str().starts_with(";;") || self.rest.as_str().starts_with(";&") {
            return Err(UnreadableShell);
        }
        OPERATORS.into_iter().find(|(text, _)| self.take(text)).map(|(_, token)| token).ok_or(UnreadableShell)
    }

    /// Skips an operator such as `>>` and the word after it.
    fn redirection(&mut self) -> Result<(), UnreadableShell> {
        const OPERATORS: [&str; 8] = ["<<<", ">>", "<>", ">|", ">&", "<&", ">", "<"];
        let here_document = self.rest.as_str().starts_with("<<") && !self.rest.as_str().starts_with("<<<");
        if here_document || !OPERATORS.into_iter().any(|text| self.take(text)) {
            return Err(UnreadableShell);
        }
        self.skip_blanks();
        if self.peek().is_none_or(is_meta) || !self.word()?.inside.is_empty() { Err(UnreadableShell) } else { Ok(()) }
    }

    fn word(&mut self) -> Result<Word, UnreadableShell> {
        let mut word = Word::plain("");
        while let Some(next) = self.peek().filter(|&c| !is_meta(c)) {
            self.rest.next();
            match next {
                '\\' => match self.rest.next() {
                    Some('\n') => {}
                    escaped => {
                        word.quoted = true;
                        word.text.push(escaped.unwrap_or('\\'));
                    }
                },
                '\'' => {
                    word.quoted = true;
                    word.text.push_str(self.single_quoted()?);
                }
                '"' => {
                    word.quoted = true;
                    self.double_quoted(&mut word)?;
                }
                '$' => self.expansion(&mut word)?,
                '`' => self.back_quoted(&mut word)?,
                plain => word.text.push(plain),
            }
        }
        Ok(word)
    }

    fn single_quoted(&mut self) -> Result<&'s str, UnreadableShell> {
        let (text, after) = self.rest.as_str().split_once('\'').ok_or(UnreadableShell)?;
        self.rest = after.chars();
        Ok(text)
    }

    fn double_quoted(&mut self, word: &mut Word) -> Result<(), UnreadableShell> {
        loop {
            match self.rest.next().ok_or(UnreadableShell)? {
                '"' => return Ok(()),
                '\\' => match self.rest.next().ok_or(UnreadableShell)? {
                    '\n' => {}
                    escaped @ ('$' | '`' | '"' | '\\') => word.text.push(escaped),
                    other => word.text.extend(['\\', other]),
                },
                '$' => self.expansion(word)?,
                '`' => self.back_quoted(word)?,
                plain => word.text.push(plain),
            }
        }
    }

    /// Reads what follows a `$`: a parameter, a command or a sum. If nothing follows, it is a plain `$`.
    fn expansion(&mut self, word: &mut Word) -> Result<(), UnreadableShell> {
        word.text.push('$');
        match self.peek() {
            Some('(') => {
                // The lone `)` of a case pattern can't be distinguished from the closing one.
                let inside = self.bracketed(')')?;
                if inside.contains("case") {
                    return Err(UnreadableShell);
                }
                word.inside.push_str(inside);
            }
            Some('{') => {
                let inside = self.bracketed('}')?;
                if inside.contains("$(") || inside.contains('`') {
                    word.inside.push_str(inside);
                }
            }
            Some('\'' | '"') if !word.quoted => return Err(UnreadableShell),
            Some(c) if c.is_ascii_alphanumeric() || "_@*#?-$!".contains(c) => {
                self.rest.next();
                if !c.is_ascii_digit() {
                    while self.peek().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
                        self.rest.next();
                    }
                }
            }
            _ => return Ok(()),
        }
        word.literal = false;
        Ok(())
    }

    fn back_quoted(&mut self, word: &mut Word) -> Result<(), UnreadableShell> {
        word.text.push('$');
        word.literal = false;
        let text = self.rest.as_str();
        loop {
            match self.rest.next().ok_or(UnreadableShell)? {
                '`' => {
                    let length = text.len() - self.rest.as_str().len();
                    word.inside.push_str(text.get(..length).unwrap_or_default());
                    return Ok(());
                }
                '\\' => _ = self.rest.next(),
                _ => {}
            }
        }
    }

    /// The text from the opening bracket, which comes next, through the closing one.
    fn bracketed(&mut self, close: char) -> Result<&'s str, UnreadableShell> {
        let text = self.rest.as_str();
        self.rest.next();
        self.skip_balanced(close, 0)?;
        let length = text.len() - self.rest.as_str().len();
        text.get(..length).ok_or(UnreadableShell)
    }

    /// Skips past the closing bracket, over quotes and nested brackets.
    fn skip_balanced(&mut self, close: char, depth: u8) -> Result<(), UnreadableShell> {
        if depth > DEEPEST_NESTING {
            return Err(UnreadableShell);
        }
        let mut quoted = false;
        loop {
            match self.rest.next().ok_or(UnreadableShell)? {
                '\\' => _ = self.rest.next(),
                '\'' if !quoted => _ = self.single_quoted()?,
                '"' => quoted = !quoted,
                '$' if self.take("(") => self.skip_balanced(')', depth + 1)?,
                '$' if self.take("{") => self.skip_balanced('}', depth + 1)?,
                '(' if !quoted && close == ')' => self.skip_balanced(')', depth + 1)?,
                c if c == close && !quoted => return Ok(()),
                _ => {}
            }
        }
    }

    fn skip_blanks(&mut self) {
        while self.take(" ") || self.take("\t") || self.take("\\\n") {}
    }

    fn take(&mut self, text: &str) -> bool {
        let Some(after) = self.rest.as_str().strip_prefix(text) else { return false };
        self.rest = after.chars();
        true
    }

    fn peek(&self) -> Option<char> {
        self.rest.clone().next()
    }
}

fn is_meta(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | ';' | '&' | '|' | '<' | '>' | '(' | ')')
}

/// Whether the text has a `&` that is not part of `&&`, `>&`, `<&` or `&>`.
fn has_lone_ampersand(text: &str) -> bool {
    let around = |at: usize, side: &str| text.get(at..).is_some_and(|rest| rest.starts_with(|c| side.contains(c)));
    text.match_indices('&').any(|(at, _)| {
        let before = at.checked_sub(1).is_some_and(|before| around(before, "&<>"));
        !before && !around(at + 1, "&>")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words in brackets, with a `*` after words that are not literal; operators as they are written.
    fn shown(script: &str) -> String {
        let pieces: Vec<String> = tokens(script)
            .into_iter()
            .map(|token| match token {
                Token::Word(word) if word.literal => format!("[{}]", word.text),
                Token::Word(word) => format!("[{}]*", word.text),
                Token::And => "&&".to_owned(),
                Token::Or => "||".to_owned(),
                Token::Pipe => "|".to_owned(),
                Token::End => ";".to_owned(),
                Token::Background => "&".to_owned(),
                Token::Opaque => "?".to_owned(),
            })
            .collect();
        pieces.join(" ")
    }

    #[track_caller]
    fn check(script: &str, expected: &str) {
        assert_eq!(shown(script), expected, "{script}");
    }

    #[test]
    fn words_operators_and_comments() {
        check("sleep 40; nginx -s quit", "[sleep] [40] ; [nginx] [-s] [quit]");
        check("a&&b||c|d&e\nf", "[a] && [b] || [c] | [d] & [e] ; [f]");
        check("# wait\nsleep 4#0 # why", "; [sleep] [4#0]");
        check("sleep \\\n 40", "[sleep] [40]");
    }

    #[test]
    fn quotes_come_off() {
        check(r#"'sleep' "4"0 \5 "a\"b" "a\nb" 'a"b'"#, r#"[sleep] [40] [5] [a"b] [a\nb] [a"b]"#);
        check("''", "[]");
    }

    #[test]
    fn redirections_are_left_out() {
        check("sleep 5 >/dev/null 2>&1", "[sleep] [5]");
        check("sleep 5 &>/dev/null; a <b >>c 3<>d <<<x", "[sleep] [5] ; [a]");
        check("sleep 5 2", "[sleep] [5] [2]");
    }

    #[test]
    fn expansions_are_marked() {
        check("sleep $N ${N:-5} \"$1\" '$N' \\$N", "[sleep] [$]* [$]* [$]* [$N] [$N]");
        check("kill $(pidof \"a)\" 'b)' $(c)) `d`; e", "[kill] [$]* [$]* ; [e]");
        check("a $ b$", "[a] [$] [b$]");
        check("a \"${b:-\"$(c \"}\")\"}\" d", "[a] [$]* [d]");
    }

    #[test]
    fn stops_where_words_end() {
        check("sleep 5; (sleep 6)", "[sleep] [5] ; ?");
        check("sleep 5; f() { sleep 6; } &", "[sleep] [5] ; [f] ? &");
        check("cat <<E\nx\nE\nsleep 5", "[cat] ?");
        check("a $(case b in c) sleep 5;; esac)", "[a] ?");
        for open in ["'", "\"", "`", "$(", "${", "a >", "a > ;", "a $'b'", "a <(b)", "a;;"] {
            assert!(shown(open).contains('?'), "{open}");
        }
        check(&"$(".repeat(100_000), "?");
        check(&"\\".repeat(5), "[\\\\\\]");
    }
}
