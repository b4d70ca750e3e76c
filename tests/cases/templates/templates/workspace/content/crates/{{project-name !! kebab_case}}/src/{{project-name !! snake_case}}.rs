pub struct {{project-name | dotted_pascal_case}};
