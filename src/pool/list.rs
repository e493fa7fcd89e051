//! Doubly linked lists threaded through an arena: O(1) at both ends and in the middle, no allocation.

use std::marker::PhantomData;

use super::arena::{Arena, Id};

/// The neighbours of an element in one list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Link {
    prev: Option<Id>,
    next: Option<Id>,
}

/// An element that can stand in lists of the family `By`, in one of them at a time.
pub(super) trait Linked<By> {
    fn link(&self) -> &Link;
    fn link_mut(&mut self) -> &mut Link;
}

/// A list of the family `By`.
#[derive(Debug)]
pub(super) struct List<By> {
    head: Option<Id>,
    tail: Option<Id>,
    len: u32,
    family: PhantomData<By>,
}

impl<By> List<By> {
    pub(super) fn new() -> Self {
        Self { head: None, tail: None, len: 0, family: PhantomData }
    }

    pub(super) fn len(&self) -> u32 {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.head.is_none()
    }

    pub(super) fn front(&self) -> Option<Id> {
        self.head
    }

    pub(super) fn back(&self) -> Option<Id> {
        self.tail
    }

    pub(super) fn push_back<T: Linked<By>>(&mut self, arena: &mut Arena<T>, id: Id) {
        let prev = self.tail.replace(id);
        match prev.and_then(|prev| arena.get_mut(prev)) {
            Some(prev) => prev.link_mut().next = Some(id),
            None => self.head = Some(id),
        }
        self.join(arena, id, Link { prev, next: None });
    }

    pub(super) fn push_front<T: Linked<By>>(&mut self, arena: &mut Arena<T>, id: Id) {
        let next = self.head.replace(id);
        match next.and_then(|next| arena.get_mut(next)) {
            Some(next) => next.link_mut().prev = Some(id),
            None => self.tail = Some(id),
        }
        self.join(arena, id, Link { prev: None, next });
    }

    /// Takes out an element that stands in this very list.
    pub(super) fn remove<T: Linked<By>>(&mut self, arena: &mut Arena<T>, id: Id) {
        let Some(element) = arena.get_mut(id) else { return };
        let Link { prev, next } = std::mem::take(element.link_mut());
        match prev.and_then(|prev| arena.get_mut(prev)) {
            Some(prev) => prev.link_mut().next = next,
            None => self.head = next,
        }
        match next.and_then(|next| arena.get_mut(next)) {
            Some(next) => next.link_mut().prev = prev,
            None => self.tail = prev,
        }
        debug_assert!(self.len > 0, "an element left a list that counts none");
        self.len = self.len.saturating_sub(1);
    }

    pub(super) fn next<T: Linked<By>>(arena: &Arena<T>, id: Id) -> Option<Id> {
        arena.get(id)?.link().next
    }

    pub(super) fn iter<'a, T: Linked<By>>(
        &self,
        arena: &'a Arena<T>,
    ) -> impl Iterator<Item = Id> + use<'a, T, By> {
        std::iter::successors(self.head, |id| Self::next(arena, *id))
    }

    fn join<T: Linked<By>>(&mut self, arena: &mut Arena<T>, id: Id, link: Link) {
        if let Some(element) = arena.get_mut(id) {
            *element.link_mut() = link;
            self.len = self.len.saturating_add(1);
        }
    }
}
