/** Manifest templates: their attributes, placeholders and outputs. */
@NullMarked
package io.paddock.deployer.template;

import org.jspecify.annotations.NullMarked;
