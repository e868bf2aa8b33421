/** Settings, files and errors. */
@NullMarked
package io.paddock.minidirector.system;

import org.jspecify.annotations.NullMarked;
