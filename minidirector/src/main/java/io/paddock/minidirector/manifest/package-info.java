/** Deployment manifests and cloud configs, read and checked. */
@NullMarked
package io.paddock.minidirector.manifest;

import org.jspecify.annotations.NullMarked;
