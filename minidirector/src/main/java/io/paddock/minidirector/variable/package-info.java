/** The embedded config server: generated passwords and certificates. */
@NullMarked
package io.paddock.minidirector.variable;

import org.jspecify.annotations.NullMarked;
