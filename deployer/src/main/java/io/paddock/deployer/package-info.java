/** Deployments and templates: renders a template into a BOSH manifest and drives the director. Keeps no state. */
@NullMarked
package io.paddock.deployer;

import org.jspecify.annotations.NullMarked;
