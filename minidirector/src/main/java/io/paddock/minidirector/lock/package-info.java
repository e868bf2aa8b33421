/** Who works on what: one task at a time on a deployment, a release, a package, a stemcell. */
@NullMarked
package io.paddock.minidirector.lock;

import org.jspecify.annotations.NullMarked;
