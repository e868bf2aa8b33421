/** Named configs, of which the director uses the cloud config. */
@NullMarked
package io.paddock.minidirector.config;

import org.jspecify.annotations.NullMarked;
