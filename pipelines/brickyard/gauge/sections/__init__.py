"""The gauge's sections: each measures one side of a release, `measure(material, choices) -> Measured`."""
