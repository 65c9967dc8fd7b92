//! One Rust file as the rules see it: the paths it uses, the macros it calls, its functions
//! and modules, each with its line.
//!
//! The bodies of macros are tokens to the parser; paths in them are found as `a::b` in a row.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{
    Attribute, ImplItemFn, Item, ItemFn, ItemMod, ItemUse, Macro, Meta, UseTree, Visibility,
};

/// A path in an import, an expression or a type.
pub(crate) struct Used {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    /// Whether it is in code that is for tests only.
    pub(crate) in_test: bool,
    /// An import of everything beneath it.
    pub(crate) glob: bool,
    /// Whether it is in a `pub use`.
    pub(crate) is_export: bool,
    /// How many modules within the file are around it.
    pub(crate) depth: usize,
}

impl Used {
    pub(crate) fn text(&self) -> String {
        self.segments.join("::")
    }
}

/// A macro's call.
pub(crate) struct Call {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) in_test: bool,
}

/// A function that is no test and in no test module.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) line: usize,
    pub(crate) lines: usize,
    /// The line of its closing brace.
    pub(crate) end: usize,
    /// Whether it is no method.
    pub(crate) free: bool,
}

/// A module with its body in the file.
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) line: usize,
}

/// A parsed file.
pub(crate) struct Source {
    /// From the root of the repository.
    pub(crate) path: String,
    pub(crate) paths: Vec<Used>,
    pub(crate) macros: Vec<Call>,
    pub(crate) functions: Vec<Function>,
    pub(crate) modules: Vec<Module>,
    /// Imported names and their paths, in a `use` or a `pub use`.
    pub(crate) imports: HashMap<String, Vec<String>>,
    /// Names of the items that the file defines.
    pub(crate) items: HashSet<String>,
    is_export: bool,
    in_test: bool,
    depth: usize,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let file = syn::parse_file(text).unwrap_or_else(|error| {
            panic!("{path}:{}: {error}", error.span().start().line);
        });
        let mut source = Self {
            path: path.to_owned(),
            paths: Vec::new(),
            macros: Vec::new(),
            functions: Vec::new(),
            modules: Vec::new(),
            imports: HashMap::new(),
            items: HashSet::new(),
            is_export: false,
            in_test: false,
            depth: 0,
        };
        source.visit_file(&file);
        source
    }

    /// Formats the place as `path:line`.
    pub(crate) fn at(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }

    /// Whether a function of this name and no test names `path` in its body.
    pub(crate) fn names_in(&self, function: &str, path: &str) -> bool {
        let functions = self.functions.iter().filter(|found| found.name == function);
        functions.into_iter().any(|found| {
            let lines = found.line..=found.end;
            self.paths
                .iter()
                .any(|used| !used.in_test && lines.contains(&used.line) && used.text() == path)
        })
    }

    /// The folder of `src` it lies in; empty for the files of `src` itself.
    pub(crate) fn module(&self) -> &str {
        self.path
            .strip_prefix("src/")
            .and_then(|path| path.split_once('/'))
            .map_or("", |(module, _)| module)
    }

    /// The module that the file is, from the root of the crate: `["room", "file"]`.
    pub(crate) fn module_path(&self) -> Vec<String> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let path = path.trim_end_matches("/mod");
        if path == "lib" {
            return Vec::new();
        }
        path.split('/').map(str::to_owned).collect()
    }

    /// The name of the module that the file is, unless it is `mod.rs`.
    pub(crate) fn file_module(&self) -> Option<&str> {
        let parts: Vec<&str> =
            self.path.trim_end_matches(".rs").trim_end_matches("/mod").split('/').collect();
        parts.last().copied()
    }

    /// The module a path leads to, if it leads to a module of this crate.
    pub(crate) fn module_of<'a>(&'a self, used: &'a Used) -> Option<&'a str> {
        let mut segments = used.segments.iter().map(String::as_str).peekable();
        match segments.peek().copied()? {
            "crate" | "virt_topo" => {
                segments.next();
                // `use crate::*` would be all modules at once; another rule forbids it.
                segments.next().filter(|segment| *segment != "self")
            }
            "self" | "super" => {
                let mut module = self.module_depth() + used.depth;
                while let Some("self" | "super") = segments.peek().copied() {
                    module = module.saturating_sub(usize::from(segments.next() == Some("super")));
                }
                if module == 0 { segments.next() } else { Some(self.module()) }
            }
            _ => None,
        }
    }

    /// How many modules deep the file itself is: 1 for `src/module/mod.rs`.
    fn module_depth(&self) -> usize {
        let module = self.path.trim_end_matches("/mod.rs");
        module.split('/').count().saturating_sub(1) - usize::from(self.module().is_empty())
    }

    fn push(&mut self, segments: Vec<String>, span: Span, glob: bool) {
        if segments.is_empty() {
            return;
        }
        let (in_test, depth, line) = (self.in_test, self.depth, span.start().line);
        let is_export = self.is_export;
        self.paths.push(Used { segments, line, in_test, glob, is_export, depth });
    }

    /// The path of a `use`, and the name it has in the file.
    fn push_import(&mut self, mut segments: Vec<String>, name: Option<String>, span: Span) {
        if segments.last().is_some_and(|last| last == "self") {
            segments.pop();
        }
        if let Some(name) = name.or_else(|| segments.last().cloned()).filter(|_| !self.in_test) {
            self.imports.insert(name, segments.clone());
        }
        self.push(segments, span, false);
    }

    /// Every path of a `use`, its groups unfolded.
    fn push_tree(&mut self, tree: &UseTree) {
        let mut todo = vec![(Vec::new(), tree)];
        while let Some((mut before, tree)) = todo.pop() {
            match tree {
                UseTree::Path(path) => {
                    before.push(path.ident.to_string());
                    todo.push((before, &path.tree));
                }
                UseTree::Group(group) => {
                    todo.extend(group.items.iter().map(|item| (before.clone(), item)));
                }
                UseTree::Name(name) => {
                    before.push(name.ident.to_string());
                    self.push_import(before, None, name.ident.span());
                }
                UseTree::Rename(rename) => {
                    before.push(rename.ident.to_string());
                    self.push_import(before, Some(rename.rename.to_string()), rename.ident.span());
                }
                UseTree::Glob(glob) => self.push(before, glob.star_token.spans[0], true),
            }
        }
    }

    /// Every path and every macro in unparsed tokens.
    fn push_tokens(&mut self, tokens: TokenStream) {
        let mut todo = vec![tokens];
        while let Some(tokens) = todo.pop() {
            let mut path: Vec<String> = Vec::new();
            let (mut at, mut colons) = (Span::call_site(), 0);
            for token in tokens {
                match token {
                    TokenTree::Ident(name) if colons == 2 => path.push(name.to_string()),
                    TokenTree::Ident(name) => {
                        self.push(std::mem::take(&mut path), at, false);
                        (path, at) = (vec![name.to_string()], name.span());
                    }
                    TokenTree::Punct(mark) if mark.as_char() == ':' => {
                        colons += 1;
                        continue;
                    }
                    TokenTree::Punct(mark) if mark.as_char() == '!' => {
                        if let [name] = path.as_slice() {
                            self.push_macro(name.clone(), at);
                        }
                    }
                    TokenTree::Group(group) => {
                        self.push(std::mem::take(&mut path), at, false);
                        todo.push(group.stream());
                    }
                    TokenTree::Punct(_) | TokenTree::Literal(_) => {
                        self.push(std::mem::take(&mut path), at, false);
                    }
                }
                colons = 0;
            }
            self.push(path, at, false);
        }
    }

    fn push_macro(&mut self, name: String, span: Span) {
        self.macros.push(Call { name, line: span.start().line, in_test: self.in_test });
    }

    fn push_function(&mut self, name: &syn::Ident, body: &syn::Block, free: bool) {
        if !self.in_test {
            let braces = body.brace_token.span;
            let end = braces.close().start().line;
            let lines = (end - braces.open().start().line).saturating_sub(1);
            let (name, line) = (name.to_string(), name.span().start().line);
            self.functions.push(Function { name, line, lines, end, free });
        }
    }

    /// Does `inside` with the knowledge whether it is for tests only.
    fn within(&mut self, attributes: &[Attribute], inside: impl FnOnce(&mut Self)) {
        let before = self.in_test;
        self.in_test |= attributes.iter().any(is_for_tests);
        inside(self);
        self.in_test = before;
    }
}

/// The name that an item defines.
fn name_of(item: &Item) -> Option<&syn::Ident> {
    Some(match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        _ => return None,
    })
}

/// `#[test]` and `#[cfg(test)]`.
pub(crate) fn is_for_tests(attribute: &Attribute) -> bool {
    let is_test = |token: TokenTree| matches!(token, TokenTree::Ident(name) if name == "test");
    attribute.path().is_ident("test")
        || matches!(&attribute.meta, Meta::List(list)
            if list.path.is_ident("cfg") && list.tokens.clone().into_iter().any(is_test))
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes: &[Attribute] = match item {
            Item::Const(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            Item::Mod(item) => &item.attrs,
            Item::Static(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            _ => &[],
        };
        if let Some(name) = name_of(item) {
            self.items.insert(name.to_string());
        }
        self.within(attributes, |source| visit::visit_item(source, item));
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        if module.content.is_some() {
            let (name, line) = (module.ident.to_string(), module.ident.span().start().line);
            self.modules.push(Module { name, line });
        }
        self.depth += 1;
        visit::visit_item_mod(self, module);
        self.depth -= 1;
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.push_function(&function.sig.ident, &function.block, true);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.within(&function.attrs, |source| {
            source.push_function(&function.sig.ident, &function.block, false);
            visit::visit_impl_item_fn(source, function);
        });
    }

    fn visit_item_use(&mut self, import: &'ast ItemUse) {
        self.is_export = !matches!(import.vis, Visibility::Inherited);
        self.push_tree(&import.tree);
        self.is_export = false;
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.push(segments, path.segments[0].ident.span(), false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        if let Some(last) = call.path.segments.last() {
            self.push_macro(last.ident.to_string(), last.ident.span());
        }
        self.push_tokens(call.tokens.clone());
        visit::visit_macro(self, call);
    }
}

/// The words of a text.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}
