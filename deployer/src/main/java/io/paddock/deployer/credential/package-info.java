/** The director's config server (CredHub): reads and deletes variables. */
@NullMarked
package io.paddock.deployer.credential;

import org.jspecify.annotations.NullMarked;
