//! A strict reader of JSON without exponents, for what the engine writes.

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Json {
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        let Self::Object(fields) = self else { panic!("no object: {self:?}") };
        fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    pub(crate) fn field(&self, name: &str) -> &Self {
        self.find(name).unwrap_or_else(|| panic!("no field {name} in {self:?}"))
    }
}

pub(crate) fn read(text: &str) -> Json {
    let mut reader = Reader { rest: text };
    let value = reader.value();
    reader.blank();
    assert!(reader.rest.is_empty(), "text after the end: {}", reader.rest);
    value
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn blank(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\n', '\r', '\t']);
    }

    fn take(&mut self, token: &str) -> bool {
        self.blank();
        let after = self.rest.strip_prefix(token);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn value(&mut self) -> Json {
        if self.take("true") {
            Json::Bool(true)
        } else if self.take("false") {
            Json::Bool(false)
        } else if self.take("[") {
            Json::List(self.items("]", Self::value))
        } else if self.take("{") {
            Json::Object(self.items("}", |reader| {
                let name = reader.text();
                assert!(reader.take(":"), "no colon at {}", reader.rest);
                (name, reader.value())
            }))
        } else if self.rest.starts_with('"') {
            Json::Text(self.text())
        } else {
            self.number()
        }
    }

    fn items<T>(&mut self, close: &str, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        if self.take(close) {
            return items;
        }
        loop {
            items.push(item(self));
            if self.take(close) {
                return items;
            }
            assert!(self.take(","), "no comma at {}", self.rest);
        }
    }

    fn number(&mut self) -> Json {
        let end = self.rest.find(|c: char| !c.is_ascii_digit() && c != '-' && c != '.');
        let (digits, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        Json::Number(digits.parse().unwrap_or_else(|_| panic!("no number at {digits}{rest}")))
    }

    fn text(&mut self) -> String {
        assert!(self.take("\""), "no string at {}", self.rest);
        let mut text = String::new();
        let mut characters = self.rest.chars();
        loop {
            match characters.next().expect("an end") {
                '"' => break,
                '\\' => match characters.next().expect("an escape") {
                    'u' => {
                        let digits: String = characters.by_ref().take(4).collect();
                        let code = u32::from_str_radix(&digits, 16).expect("four digits");
                        text.push(char::from_u32(code).expect("a character"));
                    }
                    plain @ ('"' | '\\' | '/') => text.push(plain),
                    other => panic!("escape {other}"),
                },
                character => {
                    assert!(character >= ' ', "a bare control character");
                    text.push(character);
                }
            }
        }
        self.rest = characters.as_str();
        text
    }
}
