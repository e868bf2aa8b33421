/** A miniature BOSH director: runs the jobs of a BOSH release as processes of this machine. */
@NullMarked
package io.paddock.minidirector;

import org.jspecify.annotations.NullMarked;
