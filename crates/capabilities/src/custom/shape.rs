//! The types of an interface, by their names in WIT: what somebody needs who has never seen it.

use super::direct::Direct;
use atoll_engine::{Import, Imported};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use wasmtime::Engine;
use wasmtime::component::ResourceType;
use wasmtime::component::types::{self, ComponentExtern, ComponentFunc, ComponentItem, Type};

/// A type. Records, variants, enums and flags have a name, which is empty where they have none.
#[derive(Clone, Debug)]
pub enum Shape {
    Bool,
    S8,
    U8,
    S16,
    U16,
    S32,
    U32,
    S64,
    U64,
    /// A core module's: with a sign or without.
    I32,
    I64,
    Float32,
    Float64,
    Char,
    String,
    /// `list<u8>`
    Bytes,
    List(Arc<Shape>),
    Record(String, Vec<(String, Shape)>),
    Tuple(Vec<Shape>),
    Variant(String, Vec<(String, Option<Shape>)>),
    Enum(String, Vec<String>),
    Flags(String, Vec<String>),
    Option(Arc<Shape>),
    Result(Option<Arc<Shape>>, Option<Arc<Shape>>),
    /// One that the host made; its kind tells it from others.
    Resource(String, u32),
    /// One that the guest made, by its number among those that are exported; whether it changes hands.
    Handle(String, usize, bool),
    /// Of items, or of nothing but their number.
    Stream(Option<Arc<Shape>>),
    /// Of a value, or of nothing but its coming.
    Future(Option<Arc<Shape>>),
}

impl Shape {
    /// Whether the guest's own resources are among its parts.
    pub fn has_handles(&self) -> bool {
        let part = |part: &Option<Arc<Self>>| part.as_ref().is_some_and(|part| part.has_handles());
        match self {
            Self::Handle(..) => true,
            Self::List(of) | Self::Option(of) => of.has_handles(),
            Self::Record(_, fields) => fields.iter().any(|(_, field)| field.has_handles()),
            Self::Tuple(parts) => parts.iter().any(Self::has_handles),
            Self::Variant(_, cases) => cases.iter().any(|(_, case)| case.as_ref().is_some_and(Self::has_handles)),
            Self::Result(ok, err) => part(ok) || part(err),
            _ => false,
        }
    }
}

/// A function by its name in the interface, such as `lookup` or `[method]person.name`.
#[derive(Clone, Debug)]
pub struct Function {
    pub name: String,
    pub parameters: Vec<(String, Shape)>,
    pub result: Option<Shape>,
    pub is_async: bool,
    /// Where its values need no steps in between.
    pub(super) direct: Option<Direct>,
}

/// What a component imports under one name.
#[derive(Clone, Debug)]
pub struct Interface {
    pub name: String,
    pub functions: Vec<Function>,
    /// Names and kinds of the resources that are its own, or that it uses of others.
    pub resources: Vec<(String, u32)>,
    /// Its functions are those of a core module.
    pub is_core: bool,
}

/// Parts of all types of one component's functions: a few lines of WIT can be written that have billions.
const MOST_PARTS: u32 = 200_000;

/// The resources of one component: several interfaces can use the same one.
#[derive(Default)]
pub struct Types {
    resources: Vec<(ResourceType, u32)>,
    parts: Cell<u32>,
}

impl Types {
    /// What the component imports, or what of it cannot cross.
    pub(super) fn imported(&mut self, engine: &Engine, import: &Import<'_>) -> Result<Interface, String> {
        let instance = match &import.item {
            Imported::Interface(instance) => instance,
            Imported::Function(function) => {
                let items: Vec<_> = import.world.imports(engine).chain(import.world.exports(engine)).collect();
                let function = Reading::new(items.iter(), self, &[]).function(import.name, function);
                let function = function.map_err(|what| format!("it has {what}"))?;
                return Ok(Interface {
                    name: import.name.to_owned(),
                    functions: vec![function],
                    resources: Vec::new(),
                    is_core: false,
                });
            }
        };
        let items: Vec<_> = instance.exports(engine).collect();
        let mut resources = Vec::new();
        for (name, resource) in items.iter().filter_map(resource) {
            resources.push((name.to_owned(), self.kind(resource)));
        }
        let reading = Reading::new(items.iter(), self, &[]);
        let functions = items.iter().filter_map(|(name, item)| match &item.ty {
            ComponentItem::ComponentFunc(function) => Some((*name, function)),
            _ => None,
        });
        let functions = functions
            .map(|(name, function)| reading.function(name, function).map_err(|what| format!("`{name}` has {what}")))
            .collect::<Result<_, _>>()?;
        Ok(Interface { name: import.name.to_owned(), functions, resources, is_core: false })
    }

    pub(super) fn known(&self, resource: ResourceType) -> Option<u32> {
        self.resources.iter().find(|(known, _)| *known == resource).map(|(_, kind)| *kind)
    }

    /// Kinds differ between components, though the host does not look: a handle never leaves its call.
    fn kind(&mut self, resource: ResourceType) -> u32 {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        self.known(resource).unwrap_or_else(|| {
            let kind = NEXT.fetch_add(1, Relaxed);
            self.resources.push((resource, kind));
            kind
        })
    }
}

/// What an interface or a world has under a name.
pub(super) type Item<'a> = (&'a str, ComponentExtern<'a>);

pub(super) fn resource<'a>((name, item): &Item<'a>) -> Option<(&'a str, ResourceType)> {
    match item.ty {
        ComponentItem::Resource(resource) => Some((*name, resource)),
        _ => None,
    }
}

/// The types of the items of one interface, by its names.
pub(super) struct Reading<'a> {
    /// Equal types have the first's name.
    names: Vec<(Type, &'a str)>,
    resources: Vec<(&'a str, ResourceType)>,
    /// Resources that the host makes.
    hosts: &'a Types,
    /// Those that the guest exports.
    guests: &'a [ResourceType],
}

impl<'a> Reading<'a> {
    pub(super) fn new<'b>(items: impl Iterator<Item = &'b Item<'a>> + Clone, hosts: &'a Types, guests: &'a [ResourceType]) -> Self
    where
        'a: 'b,
    {
        let names = items.clone().filter_map(|(name, item)| match &item.ty {
            ComponentItem::Type(named) => Some((named.clone(), *name)),
            _ => None,
        });
        Self { names: names.collect(), resources: items.filter_map(resource).collect(), hosts, guests }
    }

    /// The function, or what of it cannot cross.
    pub(super) fn function(&self, name: &str, function: &ComponentFunc) -> Result<Function, String> {
        let parameters = function.params().map(|(name, parameter)| Ok((name.to_owned(), self.shape(&parameter)?)));
        let parameters = parameters.collect::<Result<Vec<_>, String>>()?;
        let result = function.results().next().map(|result| self.shape(&result)).transpose()?;
        let is_async = function.async_();
        let direct = if is_async { None } else { Direct::of(&parameters, result.as_ref()) };
        Ok(Function { name: name.to_owned(), parameters, result, is_async, direct })
    }

    fn shape(&self, of: &Type) -> Result<Shape, String> {
        let parts = self.hosts.parts.get() + 1;
        if parts > MOST_PARTS {
            return Err(format!("types of more than {MOST_PARTS} parts"));
        }
        self.hosts.parts.set(parts);
        Ok(match of {
            Type::Bool => Shape::Bool,
            Type::S8 => Shape::S8,
            Type::U8 => Shape::U8,
            Type::S16 => Shape::S16,
            Type::U16 => Shape::U16,
            Type::S32 => Shape::S32,
            Type::U32 => Shape::U32,
            Type::S64 => Shape::S64,
            Type::U64 => Shape::U64,
            Type::Float32 => Shape::Float32,
            Type::Float64 => Shape::Float64,
            Type::Char => Shape::Char,
            Type::String => Shape::String,
            Type::List(list) if list.ty() == Type::U8 => Shape::Bytes,
            Type::List(list) => Shape::List(Arc::new(self.shape(&list.ty())?)),
            Type::Record(record) => Shape::Record(self.name(of), self.fields(record)?),
            Type::Tuple(tuple) => Shape::Tuple(tuple.types().map(|each| self.shape(&each)).collect::<Result<_, _>>()?),
            Type::Variant(variant) => Shape::Variant(self.name(of), self.cases(variant)?),
            Type::Enum(names) => Shape::Enum(self.name(of), names.names().map(Into::into).collect()),
            Type::Flags(names) => Shape::Flags(self.name(of), names.names().map(Into::into).collect()),
            Type::Option(option) => Shape::Option(Arc::new(self.shape(&option.ty())?)),
            Type::Result(result) => Shape::Result(self.part(result.ok())?, self.part(result.err())?),
            Type::Own(resource) => self.resource(*resource, true)?,
            Type::Borrow(resource) => self.resource(*resource, false)?,
            Type::Stream(stream) => Shape::Stream(self.part(stream.ty())?),
            Type::Future(future) => Shape::Future(self.part(future.ty())?),
            Type::Map(_) | Type::FixedLengthList(_) | Type::ErrorContext => return Err(format!("a type that is new: {of:?}")),
        })
    }

    fn name(&self, of: &Type) -> String {
        self.names.iter().find(|(known, _)| known == of).map_or_else(String::new, |(_, name)| (*name).to_owned())
    }

    fn fields(&self, record: &types::Record) -> Result<Vec<(String, Shape)>, String> {
        record.fields().map(|field| Ok((field.name.to_owned(), self.shape(&field.ty)?))).collect()
    }

    fn cases(&self, variant: &types::Variant) -> Result<Vec<(String, Option<Shape>)>, String> {
        let cases = variant.cases();
        cases.map(|case| Ok((case.name.to_owned(), case.ty.map(|payload| self.shape(&payload)).transpose()?))).collect()
    }

    fn part(&self, of: Option<Type>) -> Result<Option<Arc<Shape>>, String> {
        of.map(|of| self.shape(&of).map(Arc::new)).transpose()
    }

    fn resource(&self, resource: ResourceType, is_owned: bool) -> Result<Shape, String> {
        let found = self.resources.iter().find(|(_, known)| *known == resource);
        let name = found.ok_or("a resource that the interface does not name")?.0.to_owned();
        if let Some(kind) = self.hosts.known(resource) {
            return Ok(Shape::Resource(name, kind));
        }
        let number = self.guests.iter().position(|guest| *guest == resource);
        let number = number.ok_or_else(|| format!("the resource `{name}` of an interface that Python does not answer"))?;
        Ok(Shape::Handle(name, number, is_owned))
    }
}
